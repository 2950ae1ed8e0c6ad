// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/admin_execution.h"

#include "base/error_name.h"
#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/held_answers.h"
#include "broker/core/partition.h"
#include "broker/core/session.h"
#include "broker/core/task.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_quota.h"

/* Whose flows it waits in: of a question about all tenants, or one not known here, nobody's. Asking
 * leaves no trace, unless the answer may have to wait for the table. */
static uint32_t tenant_of(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);

    if (event->names.tenant.bytes == 0) {
        return 0;
    }
    return event->admin.kind == LQ_EXECUTION_QUERY && !event->admin.tells
               ? lq_tenant_find(core, &key)
               : lq_tenant_keep(core, &key);
}

/* A session that will be live, unless it is here: then it was created before. */
static const char *why_not_live(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t tenant = lq_tenant_find(core, &key);

    if (lq_session_find(core, &key) != 0) {
        return NULL;
    }
    struct lq_tenant_refusal refusal = lq_tenant_quota_refuses_session(core, tenant);
    if (refusal.reason != NULL) {
        core->counters.creations_refused++;
        (void)lq_tenant_quota_refused(core, tenant, refusal.quota);
    }
    return refusal.reason;
}

static const char not_stopped[] = "session: it is not stopped (lqctl session stop)";

/* What runs is not deleted by a slip of the hand. */
static const char *why_not_deleted(const struct lq_broker_core *core,
                                   const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t session = lq_session_find(core, &key);

    return session != 0 && core->sessions[session].stopped ? NULL : not_stopped;
}

/* What of a mirrored tenant is told when the table has it. */
static bool is_held(uint8_t kind)
{
    return kind == LQ_EXECUTION_CREATE_TENANT || kind == LQ_EXECUTION_CREATE_SESSION ||
           kind == LQ_EXECUTION_SHRED_TENANT || kind == LQ_EXECUTION_DELETE_SESSION;
}

/* What tells of a creation or of frames is told when the table has it, so it must find room until
 * then. */
static bool tells(const struct lq_broker_event *event)
{
    return is_held((uint8_t)event->admin.kind) || event->admin.tells;
}

static const char *why_not_told(const struct lq_broker_core *core,
                                const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);

    return lq_held_answers_barred(core, lq_tenant_find(core, &key));
}

static const char *why_refused(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    uint32_t requests = core->tenants[0].executions;

    if (event->admin.kind != LQ_EXECUTION_QUERY) {
        const char *barred = lq_partition_barred(core, 0);
        if (barred != NULL) {
            return barred;
        }
    }
    if (tells(event)) {
        const char *barred = why_not_told(core, event);
        if (barred != NULL) {
            return barred;
        }
    }
    /* As of any tenant: no more of them than executions are free. */
    if (requests >= core->config.executions_max - core->executions_open) {
        return LQ_REASON_BROKER_FULL ": too many executions are open";
    }
    if (event->admin.kind == LQ_EXECUTION_DELETE_SESSION) {
        return why_not_deleted(core, event);
    }
    return event->admin.live ? why_not_live(core, event) : NULL;
}

void lq_admin_execution_open(struct lq_broker_core *core, const struct lq_broker_event *event,
                             uint64_t now_ns, struct lq_broker_effects *out)
{
    const char *why = why_refused(core, event);
    uint32_t tenant = why == NULL ? tenant_of(core, event) : 0;

    if (tenant == 0 && tells(event) && core->tenants[0].mirrored) {
        why = why != NULL ? why : LQ_REASON_BROKER_FULL ": too many tenants are at work";
    }
    uint32_t index = why == NULL ? lq_execution_take(core, event->admin.kind, now_ns) : 0;

    LQ_ASSERT(event->names.tenant.bytes <= LQ_TENANT_NAME_BYTES_MAX);
    LQ_ASSERT(event->names.session.bytes <= LQ_SESSION_NAME_BYTES_MAX);
    if (index == 0) {
        lq_effect_list_admin_failed(out, event->peer, event->tag,
                                    why == not_stopped ? LQ_ERR_STATE : LQ_ERR_FULL,
                                    lq_view_text(why));
        lq_effect_list_release_event(event, out);
        return;
    }
    struct lq_core_execution *execution = &core->executions[index];
    core->tenants[0].executions++;
    execution->request.peer = event->peer;
    execution->request.tag = event->tag;
    lq_core_tables_copy_text(execution->request.tenant, sizeof execution->request.tenant,
                             event->names.tenant);
    lq_core_tables_copy_text(execution->request.name, sizeof execution->request.name,
                             event->names.session);
    execution->tenant = tenant;
    core->tenants[execution->tenant].requests++;
    if (execution->tenant != 0) {
        lq_tenant_settle(core, execution->tenant);
    }
    lq_task_begin(core, index,
                  event->admin.kind == LQ_EXECUTION_QUERY ? core->config.pipeline.start
                                                          : core->config.pipeline.persist,
                  event->payload);
}

void lq_admin_execution_done(struct lq_broker_core *core, uint32_t index,
                             const struct lq_broker_event *event, struct lq_broker_effects *out)
{
    const struct lq_core_execution *execution = &core->executions[index];
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_ADMIN_DONE);

    effect->admin_done.peer = execution->request.peer;
    effect->admin_done.reply = event->payload; /* its reference goes to the shell */
    effect->admin_done.body_bytes = event->result.item->tail_bytes;
    effect->admin_done.creates = execution->kind == LQ_EXECUTION_CREATE_SESSION;
    effect->admin_done.deletes = execution->kind == LQ_EXECUTION_DELETE_SESSION;
    if (is_held(execution->kind) || event->result.item->ledger_sequence != 0) {
        struct lq_core_needs needs = lq_held_answers_needs(event->result.item);
        (void)lq_held_answers_take(core, execution->tenant, &needs, out);
    }
    lq_execution_close(core, index, out);
}

void lq_admin_execution_ended(struct lq_broker_core *core, uint32_t index,
                              const struct lq_result_item *item, struct lq_broker_effects *out)
{
    const struct lq_core_execution *execution = &core->executions[index];

    lq_effect_list_admin_failed(out, execution->request.peer, execution->request.tag, LQ_ERR_STATE,
                                item->cause.bytes > 0 ? item->cause : item->error);
    lq_execution_close(core, index, out);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/admin_execution.h"

#include "base/error_name.h"
#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/partition.h"
#include "broker/core/task.h"
#include "broker/core/tenant.h"

/* Whose flows it waits in: of a question about all tenants, or one too many, nobody's. */
static uint32_t tenant_of(struct lq_broker_core *core, struct lq_view name)
{
    struct lq_hashed_names key =
        lq_hashed_names_of((struct lq_session_names){name, lq_view_of("", 0)});

    return name.bytes > 0 ? lq_tenant_keep(core, &key) : 0;
}

void lq_admin_execution_open(struct lq_broker_core *core, const struct lq_broker_event *event,
                             uint64_t now_ns, struct lq_broker_effects *out)
{
    const char *barred =
        event->admin.kind == LQ_EXECUTION_QUERY ? NULL : lq_partition_barred(core, 0);
    uint32_t index = barred == NULL ? lq_execution_take(core, event->admin.kind, now_ns) : 0;

    LQ_ASSERT(event->names.tenant.bytes <= LQ_TENANT_NAME_BYTES_MAX);
    LQ_ASSERT(event->names.session.bytes <= LQ_SESSION_NAME_BYTES_MAX);
    if (index == 0) {
        const char *why =
            barred != NULL ? barred : LQ_REASON_BROKER_FULL ": too many executions are open";
        lq_effect_list_admin_failed(out, event->peer, event->tag, LQ_ERR_FULL, lq_view_text(why));
        lq_effect_list_release_event(event, out);
        return;
    }
    struct lq_core_execution *execution = &core->executions[index];
    execution->request.peer = event->peer;
    execution->request.tag = event->tag;
    lq_core_tables_copy_text(execution->request.tenant, sizeof execution->request.tenant,
                             event->names.tenant);
    lq_core_tables_copy_text(execution->request.name, sizeof execution->request.name,
                             event->names.session);
    execution->tenant = tenant_of(core, event->names.tenant);
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

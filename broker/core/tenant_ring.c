// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant_ring.h"

#include "broker/core/execution.h"
#include "broker/core/held_answers.h"
#include "broker/core/partition.h"
#include "broker/core/session.h"
#include "broker/core/session_standing.h"
#include "broker/core/tenant_quota.h"

/* Something keeps it from opening a tick, and brings it back when it ends. */
static bool is_barred(struct lq_broker_core *core, uint32_t index)
{
    if (lq_tenant_quota_bars_tick(core, index)) {
        return true;
    }
    if (lq_held_answers_barred(core, index) == NULL) {
        return false;
    }
    lq_held_answers_await(core, index);
    return true;
}

void lq_tenant_ring_add(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_tenant *tenant = &core->tenants[index];

    if (tenant->ringed || tenant->unpaid || tenant->openable.count == 0 || is_barred(core, index)) {
        return;
    }
    tenant->ringed = true;
    if (tenant->turn_openings > 0) {
        lq_index_list_prepend(&core->ring, lq_core_tables_tenant_links(core), index);
    } else {
        lq_index_list_append(&core->ring, lq_core_tables_tenant_links(core), index);
    }
}

static bool has_reason(const struct lq_core_session *session)
{
    return session->execution == 0 &&
           (session->mailbox.count > 0 ||
            ((session->tick_due || session->rate_due) && !lq_session_standing_is_still(session)));
}

void lq_tenant_ring_consider(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_session *session = &core->sessions[index];
    struct lq_core_tenant *tenant = &core->tenants[session->tenant];

    if (session->openable || !has_reason(session)) {
        return;
    }
    session->openable = true;
    lq_index_list_append(&tenant->openable, lq_core_tables_session_links(core), index);
    lq_tenant_ring_add(core, session->tenant);
}

/* Whether the session that is first in turn has to wait. */
static bool first_is_barred(const struct lq_broker_core *core)
{
    uint32_t session = core->tenants[core->ring.first].openable.first;

    return lq_partition_barred(core, core->sessions[session].partition) != NULL;
}

/* Its turn goes on until it has opened as many ticks as it weighs. */
static void end_opening(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_tenant *tenant = &core->tenants[index];

    if (++tenant->turn_openings >= lq_tenant_quota_limit(core, index, LQ_QUOTA_WEIGHT)) {
        tenant->turn_openings = 0;
    }
    lq_tenant_ring_add(core, index);
}

void lq_tenant_ring_open(struct lq_broker_core *core, uint64_t now_ns)
{
    while (core->ring.count > 0 && !first_is_barred(core)) {
        uint32_t owner = lq_index_list_take_first(&core->ring, lq_core_tables_tenant_links(core));
        struct lq_core_tenant *tenant = &core->tenants[owner];
        uint32_t index = tenant->openable.first;
        bool opens = has_reason(&core->sessions[index]);

        LQ_ASSERT(index != 0);
        tenant->ringed = false;
        if (opens && (is_barred(core, owner) || !lq_tenant_quota_pay_tick(core, owner))) {
            continue; /* the end of one of its own, or its timer, brings it back */
        }
        lq_index_list_take_first(&tenant->openable, lq_core_tables_session_links(core));
        core->sessions[index].openable = false;
        if (opens) {
            lq_execution_open(core, index, now_ns);
        }
        end_opening(core, owner);
        lq_session_release(core, index); /* what it was queued for may be gone */
    }
}

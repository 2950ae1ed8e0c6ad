// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant_ring.h"

#include "broker/core/execution.h"
#include "broker/core/session.h"

void lq_tenant_ring_add(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_tenant *tenant = &core->tenants[index];

    if (tenant->ringed || tenant->openable_first == 0 ||
        tenant->executions >= core->config.tenant_executions_max) {
        return;
    }
    tenant->ringed = true;
    tenant->next = 0;
    if (core->ring_last != 0) {
        core->tenants[core->ring_last].next = index;
    } else {
        core->ring_first = index;
    }
    core->ring_last = index;
}

static uint32_t unring_first(struct lq_broker_core *core)
{
    uint32_t index = core->ring_first;
    struct lq_core_tenant *tenant = &core->tenants[index];

    core->ring_first = tenant->next;
    if (core->ring_first == 0) {
        core->ring_last = 0;
    }
    tenant->ringed = false;
    return index;
}

/* A parked session does not tick, but its commands are looked up. */
static bool has_reason(const struct lq_core_session *session)
{
    return session->execution == 0 &&
           (session->mailbox_count > 0 || (session->tick_due && !session->parked));
}

void lq_tenant_ring_consider(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_session *session = &core->sessions[index];
    struct lq_core_tenant *tenant = &core->tenants[session->tenant];

    if (session->openable || !has_reason(session)) {
        return;
    }
    session->openable = true;
    session->openable_next = 0;
    if (tenant->openable_last != 0) {
        core->sessions[tenant->openable_last].openable_next = index;
    } else {
        tenant->openable_first = index;
    }
    tenant->openable_last = index;
    lq_tenant_ring_add(core, session->tenant);
}

void lq_tenant_ring_open(struct lq_broker_core *core, uint64_t now_ns)
{
    while (core->ring_first != 0 && lq_execution_barred(core) == NULL) {
        uint32_t owner = unring_first(core);
        struct lq_core_tenant *tenant = &core->tenants[owner];
        uint32_t index = tenant->openable_first;
        struct lq_core_session *session = &core->sessions[index];

        LQ_ASSERT(index != 0);
        tenant->openable_first = session->openable_next;
        if (tenant->openable_first == 0) {
            tenant->openable_last = 0;
        }
        session->openable = false;
        if (has_reason(session)) {
            lq_execution_open(core, index, now_ns);
        }
        lq_tenant_ring_add(core, owner);
        lq_session_release(core, index); /* what it was queued for may be gone */
    }
}

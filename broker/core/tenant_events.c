// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant_events.h"

#include "broker/core/broker_core.h"
#include "broker/core/tenant.h"

void lq_tenant_events_set(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    const struct lq_event_subscription *subscription = event->subscription;
    uint32_t index = subscription->own ? lq_tenant_keep(core, &key) : lq_tenant_find(core, &key);

    if (index == 0) {
        return;
    }
    struct lq_core_tenant *tenant = &core->tenants[index];
    bool had = lq_tenant_has_own(tenant);
    tenant->events = *subscription;
    core->tenants_with_own += lq_tenant_has_own(tenant);
    core->tenants_with_own -= had;
    lq_tenant_settle(core, index);
}

struct lq_view lq_tenant_events_list(const struct lq_broker_core *core, uint32_t tenant)
{
    const struct lq_event_subscription *events = &core->tenants[tenant].events;

    return events->own ? lq_view_text(events->text) : lq_view_of(NULL, 0);
}

void lq_broker_core_subscription(const lq_broker_core_t *core, struct lq_view tenant,
                                 struct lq_event_subscription *to)
{
    struct lq_hashed_names key = lq_hashed_names_of((struct lq_session_names){.tenant = tenant});

    *to = core->tenants[lq_tenant_find(core, &key)].events;
}

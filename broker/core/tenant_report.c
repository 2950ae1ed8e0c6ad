// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the shell reads of tenants to tell people: STATUS, lists of loads. */
#include "broker/core/broker_core.h"
#include "broker/core/core_tables.h"
#include "broker/core/flow.h"
#include "broker/core/quota_use.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_load.h"
#include "broker/core/tenant_quota.h"
#include "broker/core/tenant_wait.h"

static void report_quotas(const struct lq_broker_core *core, uint32_t tenant, uint64_t now_ns,
                          struct lq_tenant_load *to)
{
    to->quota_count = LQ_QUOTA_KINDS;
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        lq_quota_use_read(core, tenant, (enum lq_quota_kind)kind, now_ns, &to->quotas[kind]);
    }
}

static void report_stages(const struct lq_broker_core *core, uint32_t tenant,
                          struct lq_tenant_load *to)
{
    to->stage_count = core->queue_count;
    for (uint32_t queue = 1; queue <= core->queue_count; queue++) {
        const uint32_t *flow_of = core->tenants[tenant].flow_of[queue];
        to->stages[queue - 1] =
            (struct lq_stage_load){.stage = core->queues[queue].key.stage,
                                   .waiting = lq_flow_waiting(core, tenant, queue),
                                   .in_flight = core->flows[flow_of[false]].in_flight +
                                                core->flows[flow_of[true]].in_flight};
    }
}

static void report(const struct lq_broker_core *core, uint32_t index, uint64_t now_ns,
                   struct lq_tenant_load *to)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];
    struct lq_tenant_load_figures figures;

    memset(to, 0, sizeof *to);
    to->resident = true;
    lq_tenant_load_read(core, index, now_ns, &figures);
    to->name = lq_tenant_name(tenant);
    to->weight = (uint32_t)lq_tenant_quota_limit(core, index, LQ_QUOTA_WEIGHT);
    to->share_ppm = figures.share_ppm;
    to->service_us = tenant->load.service_ns / 1000;
    to->ticks = tenant->load.ticks;
    to->receipts = tenant->load.receipts;
    to->ticks_per_s = figures.ticks_per_s;
    to->commands_per_s = figures.commands_per_s;
    to->wait_p50_us = figures.wait_p50_us;
    to->wait_p99_us = figures.wait_p99_us;
    to->debt_us = (uint32_t)(lq_flow_debt_ns(core, index) / 1000);
    to->throttled_ticks = tenant->throttled_ticks;
    to->sessions = tenant->sessions;
    to->sessions_parked = tenant->sessions_parked;
    report_quotas(core, index, now_ns, to);
    report_stages(core, index, to);
}

/* ---- which of them, in which order ---- */

/* The best so far, the best first. */
struct choice {
    uint32_t count, count_max;
    uint32_t tenants[LQ_ADMIN_LOADS_MAX];
    uint64_t service_ns[LQ_ADMIN_LOADS_MAX];
    bool left_out;
};

static int compare_names(struct lq_view a, struct lq_view b)
{
    size_t bytes = a.bytes < b.bytes ? a.bytes : b.bytes;
    int order = bytes > 0 ? memcmp(a.data, b.data, bytes) : 0;

    return order != 0 ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

/* Whether a tenant with so much service time comes before the one at a place of the choice. */
static bool is_before(const struct lq_broker_core *core, const struct choice *choice,
                      uint32_t place, uint32_t tenant, uint64_t service_ns)
{
    if (service_ns != choice->service_ns[place]) {
        return service_ns > choice->service_ns[place];
    }
    return compare_names(lq_tenant_name(&core->tenants[tenant]),
                         lq_tenant_name(&core->tenants[choice->tenants[place]])) < 0;
}

/* Put it where it belongs, if it belongs to the best; by name alone where service_ns is 0. */
static void choose(const struct lq_broker_core *core, struct choice *choice, uint32_t tenant,
                   uint64_t service_ns)
{
    uint32_t place = choice->count;

    while (place > 0 && is_before(core, choice, place - 1, tenant, service_ns)) {
        place--;
    }
    if (choice->count == choice->count_max) {
        choice->left_out = true;
        if (place == choice->count) {
            return;
        }
        choice->count--;
    }
    for (uint32_t at = choice->count++; at > place; at--) {
        choice->tenants[at] = choice->tenants[at - 1];
        choice->service_ns[at] = choice->service_ns[at - 1];
    }
    choice->tenants[place] = tenant;
    choice->service_ns[place] = service_ns;
}

void lq_broker_core_largest_loads(const lq_broker_core_t *core, uint64_t now_ns,
                                  struct lq_status *to)
{
    struct choice choice = {.count_max = LQ_STATUS_TENANTS_MAX};

    to->tenants_resident = 0;
    for (uint32_t bucket = 0; bucket <= core->bucket_mask_tenants; bucket++) {
        for (uint32_t index = core->tenant_buckets[bucket]; index != 0;
             index = core->tenants[index].hash_next) {
            choose(core, &choice, index, lq_tenant_load_service_ns(core, index, now_ns));
            to->tenants_resident++;
        }
    }
    to->tenant_count = choice.count;
    for (uint32_t place = 0; place < choice.count; place++) {
        report(core, choice.tenants[place], now_ns, &to->tenants[place]);
    }
}

void lq_broker_core_loads(const lq_broker_core_t *core, uint64_t now_ns,
                          struct lq_broker_loads *page)
{
    struct choice choice = {.count_max = page->count_max};

    LQ_ASSERT(page->count_max >= 1);
    LQ_ASSERT(page->count_max <= LQ_ADMIN_LOADS_MAX);
    for (uint32_t bucket = 0; bucket <= core->bucket_mask_tenants; bucket++) {
        for (uint32_t index = core->tenant_buckets[bucket]; index != 0;
             index = core->tenants[index].hash_next) {
            if (compare_names(lq_tenant_name(&core->tenants[index]), page->after) > 0) {
                choose(core, &choice, index, 0);
            }
        }
    }
    for (uint32_t place = 0; place < choice.count; place++) {
        report(core, choice.tenants[place], now_ns, &page->loads[place]);
    }
    page->count = choice.count;
    page->more = choice.left_out;
}

/* One that is not resident uses nothing; it has the quotas of all. */
static void report_absent(const struct lq_broker_core *core, uint64_t now_ns,
                          struct lq_tenant_load *to)
{
    memset(to, 0, sizeof *to);
    to->weight = (uint32_t)lq_tenant_quota_limit(core, 0, LQ_QUOTA_WEIGHT);
    report_quotas(core, 0, now_ns, to);
}

void lq_broker_core_load(const lq_broker_core_t *core, struct lq_view name, uint64_t now_ns,
                         struct lq_tenant_load *to, struct lq_tenant_wait *wait)
{
    struct lq_hashed_names key = lq_hashed_names_of((struct lq_session_names){.tenant = name});
    uint32_t tenant = lq_tenant_find(core, &key);

    if (tenant != 0) {
        report(core, tenant, now_ns, to);
    } else {
        report_absent(core, now_ns, to);
    }
    lq_tenant_wait_explain(core, tenant, now_ns, wait);
    to->name = name;
    to->reason_count = wait->count;
    for (uint32_t index = 0; index < wait->count; index++) {
        to->reasons[index] = lq_view_text(wait->lines[index]);
    }
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant_load.h"

/* A rate over less than this would be that of a few moments. */
#define RATE_NS_LEAST LQ_NS_PER_S

/* Put halves behind that are over. */
static inline void turn(struct lq_core_load *load, uint64_t now_ns)
{
    if (now_ns < load->half_ends_ns) {
        return;
    }
    bool next = now_ns - load->half_ends_ns < LQ_TENANT_LOAD_HALF_NS;
    if (load->half_ends_ns == 0) {
        load->since_ns = now_ns;
    }
    if (next) {
        load->halves[1] = load->halves[0];
    } else {
        memset(&load->halves[1], 0, sizeof load->halves[1]);
    }
    memset(&load->halves[0], 0, sizeof load->halves[0]);
    load->half_ends_ns = (now_ns / LQ_TENANT_LOAD_HALF_NS + 1) * LQ_TENANT_LOAD_HALF_NS;
}

static struct lq_core_load *turned(struct lq_core_load *load, uint64_t now_ns)
{
    turn(load, now_ns);
    return load;
}

void lq_tenant_load_served(struct lq_broker_core *core, uint32_t tenant, uint64_t service_ns)
{
    if (tenant == 0) {
        return;
    }
    struct lq_core_load *load = turned(&core->tenants[tenant].load, core->now_ns);
    load->halves[0].service_ns += service_ns;
    load->service_ns += service_ns;
    turned(&core->load, core->now_ns)->halves[0].service_ns += service_ns;
    core->load.service_ns += service_ns;
}

void lq_tenant_load_waited(struct lq_broker_core *core, uint32_t tenant, uint64_t waited_ns)
{
    if (tenant != 0) {
        struct lq_core_load *load = turned(&core->tenants[tenant].load, core->now_ns);
        lq_wait_histogram_add(&load->halves[0].waits, waited_ns);
    }
}

void lq_tenant_load_ticked(struct lq_broker_core *core, uint32_t tenant)
{
    LQ_ASSERT(tenant != 0);
    struct lq_core_load *load = turned(&core->tenants[tenant].load, core->now_ns);
    load->halves[0].ticks++;
    load->ticks++;
}

void lq_tenant_load_submitted(struct lq_broker_core *core, uint32_t tenant)
{
    LQ_ASSERT(tenant != 0);
    turned(&core->tenants[tenant].load, core->now_ns)->halves[0].commands++;
}

void lq_tenant_load_receipted(struct lq_broker_core *core, uint32_t tenant)
{
    LQ_ASSERT(tenant != 0);
    core->tenants[tenant].load.receipts++;
}

/* Both halves of a window as of now, the one under way first; those that are over count as nothing.
 */
struct window {
    const struct lq_core_load_half *halves[2];
};

static struct window window_of(const struct lq_core_load *load, uint64_t now_ns)
{
    static const struct lq_core_load_half nothing;

    if (now_ns < load->half_ends_ns) {
        return (struct window){{&load->halves[0], &load->halves[1]}};
    }
    if (now_ns - load->half_ends_ns < LQ_TENANT_LOAD_HALF_NS) {
        return (struct window){{&nothing, &load->halves[0]}};
    }
    return (struct window){{&nothing, &nothing}};
}

/* How long the window is as of now, for a tenant known since then. */
static uint64_t window_ns(const struct lq_core_load *load, uint64_t now_ns)
{
    uint64_t halves = now_ns / LQ_TENANT_LOAD_HALF_NS;
    uint64_t begins_ns = halves == 0 ? 0 : (halves - 1) * LQ_TENANT_LOAD_HALF_NS;

    begins_ns = load->since_ns > begins_ns ? load->since_ns : begins_ns;
    return now_ns - begins_ns > RATE_NS_LEAST ? now_ns - begins_ns : RATE_NS_LEAST;
}

/* Rounded, but never to nothing what was something. */
static uint32_t per_second(uint64_t count, uint64_t ns)
{
    uint64_t rate = (count * LQ_NS_PER_S + ns / 2) / ns;

    return rate == 0 && count > 0 ? 1 : (uint32_t)rate;
}

uint64_t lq_tenant_load_service_ns(const struct lq_broker_core *core, uint32_t tenant,
                                   uint64_t now_ns)
{
    struct window window = window_of(&core->tenants[tenant].load, now_ns);

    return window.halves[0]->service_ns + window.halves[1]->service_ns;
}

void lq_tenant_load_read(const struct lq_broker_core *core, uint32_t tenant, uint64_t now_ns,
                         struct lq_tenant_load_figures *to)
{
    const struct lq_core_load *load = &core->tenants[tenant].load;
    struct window own = window_of(load, now_ns);
    struct window all = window_of(&core->load, now_ns);
    uint64_t all_ns = all.halves[0]->service_ns + all.halves[1]->service_ns;
    uint64_t own_ns = own.halves[0]->service_ns + own.halves[1]->service_ns;
    uint64_t span_ns = window_ns(load, now_ns);

    LQ_ASSERT(own_ns <= all_ns);
    to->share_ppm = all_ns == 0 ? 0 : (uint32_t)((double)own_ns / (double)all_ns * 1e6 + 0.5);
    to->wait_p50_us = lq_wait_histogram_at_us(&own.halves[0]->waits, &own.halves[1]->waits, 500);
    to->wait_p99_us = lq_wait_histogram_at_us(&own.halves[0]->waits, &own.halves[1]->waits, 990);
    to->ticks_per_s = per_second((uint64_t)own.halves[0]->ticks + own.halves[1]->ticks, span_ns);
    to->commands_per_s =
        per_second((uint64_t)own.halves[0]->commands + own.halves[1]->commands, span_ns);
}

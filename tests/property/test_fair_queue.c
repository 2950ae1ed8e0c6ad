// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Tenants in one queue against their ideal fluid share, over seeded random costs and weights.
 * docs/architecture.md, "Fair queues", derives the bound. LQ_SEED=n repeats one seed, LQ_SEEDS=n
 * runs that many. */
#include "base/clock.h"
#include "broker/core/flow.h"
#include "tests/property/queue_simulation.h"
#include "tests/support/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SEEDS 24u
#define STEPS 16000u

/* How much two tenants had received when their comparison began. */
struct pair {
    uint64_t ahead_ns, behind_ns;
};

struct judge {
    struct lq_queue_simulation *simulation;
    struct pair pairs[LQ_SIMULATED_TENANTS_MAX][LQ_SIMULATED_TENANTS_MAX]; /* [ahead][behind] */
    bool shared[LQ_SIMULATED_TENANTS_MAX];
    uint64_t remembered[LQ_SIMULATED_TENANTS_MAX];
    uint64_t apart_ns[LQ_SIMULATED_TENANTS_MAX]; /* since when it waits for its own actor; 0 */
    double
        bounds_ns[LQ_SIMULATED_TENANTS_MAX]; /* what its own debts and credits can make, at most */
};

struct worst {
    double part, behind_ns, bound_ns; /* of the bound; that one, by weight */
    double fluid_ns;                  /* behind the fluid share */
    double apart_ns, apart_bound_ns;  /* waited for an actor of its own; that one's bound */
    uint64_t seed, batches;
};

/* U + D of the derivation: how far what a flow paid and what it got can drift apart. */
static double bound_of(const struct lq_queue_simulation *simulation, uint32_t index)
{
    const struct lq_simulated_tenant *tenant = &simulation->tenants[index];
    double batches = simulation->actor_count * simulation->credit;
    double items = batches * simulation->items_max;
    double end_ns =
        (double)simulation->end_fixed_ns + (double)simulation->end_each_ns * simulation->items_max;
    double largest_ns = (double)tenant->largest_ns;
    double price_ns = 0;

    for (uint32_t other = 0; other < simulation->tenant_count; other++) {
        double price = (double)simulation->tenants[other].largest_ns;
        price_ns = price > price_ns ? price : price_ns;
    }
    double alone_ns = items * largest_ns;
    double halves_ns = batches * ((double)simulation->lease_ns / 2 + largest_ns);
    double batch_ns = 3 * 1000.0 * simulation->batch_us; /* as much as one alone may have */
    double paid_ns = batches * (price_ns > batch_ns ? price_ns : batch_ns) + items * end_ns;
    double worked_ns = (alone_ns < halves_ns ? alone_ns : halves_ns) + batches * end_ns;

    return LQ_FLOW_QUANTUM_NS * (double)tenant->weight + paid_ns + price_ns + end_ns + worked_ns;
}

static void begin_pair(struct judge *judge, uint32_t ahead, uint32_t behind)
{
    judge->pairs[ahead][behind] = (struct pair){judge->simulation->tenants[ahead].received_ns,
                                                judge->simulation->tenants[behind].received_ns};
}

/* Who shares anew is compared from now on; so is who was forgotten and came again. */
static void follow(struct judge *judge)
{
    const struct lq_queue_simulation *simulation = judge->simulation;

    for (uint32_t index = 0; index < simulation->tenant_count; index++) {
        const struct lq_simulated_tenant *tenant = &simulation->tenants[index];
        bool shares = !tenant->comes_and_goes && lq_queue_simulation_shares(simulation, index);
        for (uint32_t other = 0; other < simulation->tenant_count; other++) {
            if (shares && !judge->shared[index]) {
                begin_pair(judge, other, index);
            }
            if (tenant->remembered != judge->remembered[index]) {
                begin_pair(judge, index, other);
            }
        }
        judge->shared[index] = shares;
        judge->remembered[index] = tenant->remembered;
    }
}

/* By how much `ahead` got more than `behind`, for each unit of weight. */
static double lead_ns(const struct judge *judge, uint32_t ahead, uint32_t behind)
{
    const struct lq_simulated_tenant *tenants = judge->simulation->tenants;
    const struct pair *pair = &judge->pairs[ahead][behind];

    return (double)(tenants[ahead].received_ns - pair->ahead_ns) / tenants[ahead].weight -
           (double)(tenants[behind].received_ns - pair->behind_ns) / tenants[behind].weight;
}

static void judge_one(const struct judge *judge, uint32_t behind, uint64_t seed,
                      struct worst *worst)
{
    const struct lq_simulated_tenant *tenants = judge->simulation->tenants;
    double weight = tenants[behind].weight;
    double weights = 0;
    double fluid_ns = 0;

    for (uint32_t ahead = 0; ahead < judge->simulation->tenant_count; ahead++) {
        double lead = lead_ns(judge, ahead, behind);
        double bound_ns = LQ_FLOW_QUANTUM_NS + judge->bounds_ns[ahead] / tenants[ahead].weight +
                          judge->bounds_ns[behind] / weight;
        weights += tenants[ahead].weight;
        fluid_ns += tenants[ahead].weight * lead;
        if (lead / bound_ns > worst->part) {
            worst->part = lead / bound_ns;
            worst->behind_ns = lead * weight;
            worst->bound_ns = bound_ns * weight;
            worst->seed = seed;
        }
        if (lead <= bound_ns) {
            continue;
        }
        ck_abort_msg("LQ_SEED=%" PRIu64 ": tenant %u is %.3f ms behind tenant %u, bound %.3f ms",
                     seed, behind, lead * weight / 1e6, ahead, bound_ns * weight / 1e6);
    }
    fluid_ns *= weight / weights;
    worst->fluid_ns = fluid_ns > worst->fluid_ns ? fluid_ns : worst->fluid_ns;
}

/* Whoever goes apart waits at most for a turn of each of the others that do, with what shares in
 * between: two batches each. */
static void judge_apart(struct judge *judge, uint32_t index, uint64_t seed, struct worst *worst)
{
    const struct lq_queue_simulation *simulation = judge->simulation;
    double batch_ns = (double)(simulation->lease_ns + simulation->end_fixed_ns +
                               simulation->end_each_ns * simulation->items_max);
    double bound_ns = (simulation->credit + 4.0 * simulation->tenant_count) * batch_ns;

    if (!lq_queue_simulation_waits_apart(simulation, index)) {
        judge->apart_ns[index] = 0;
        return;
    }
    if (judge->apart_ns[index] == 0) {
        judge->apart_ns[index] = simulation->now_ns;
    }
    double waited_ns = (double)(simulation->now_ns - judge->apart_ns[index]);
    if (waited_ns > worst->apart_ns) {
        worst->apart_ns = waited_ns;
        worst->apart_bound_ns = bound_ns;
    }
    if (waited_ns > bound_ns) {
        ck_abort_msg("LQ_SEED=%" PRIu64 ": tenant %u waits for an actor for %.3f ms, bound %.3f ms",
                     seed, index, waited_ns / 1e6, bound_ns / 1e6);
    }
}

static void run_seed(uint64_t seed, struct worst *worst)
{
    struct judge judge = {.simulation = lq_queue_simulation_new(seed)};

    for (uint32_t index = 0; index < judge.simulation->tenant_count; index++) {
        judge.bounds_ns[index] = bound_of(judge.simulation, index);
    }
    for (uint32_t count = 0; count < STEPS; count++) {
        follow(&judge);
        lq_queue_simulation_step(judge.simulation);
        follow(&judge);
        for (uint32_t index = 0; index < judge.simulation->tenant_count; index++) {
            judge_apart(&judge, index, seed, worst);
            if (judge.shared[index]) {
                judge_one(&judge, index, seed, worst);
            }
        }
    }
    worst->batches += STEPS;
    lq_queue_simulation_destroy(&judge.simulation);
}

START_TEST(test_nobody_falls_behind_his_share)
{
    struct worst worst = {0};
    const char *wanted = getenv("LQ_SEEDS");
    uint64_t first = lq_suite_seed(1);
    uint64_t seeds = wanted != NULL ? strtoull(wanted, NULL, 0) : SEEDS;

    seeds = getenv("LQ_SEED") != NULL && wanted == NULL ? 1 : seeds;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        run_seed(seed, &worst);
    }
    printf("fair queue: %" PRIu64 " seeds, nearest to its bound: %.1f of %.1f ms behind (%.0f %%,"
           " seed %" PRIu64 "); at most %.1f ms behind the fluid share; apart: an actor after"
           " %.1f of %.1f ms\n",
           seeds, worst.behind_ns / 1e6, worst.bound_ns / 1e6, worst.part * 100, worst.seed,
           worst.fluid_ns / 1e6, worst.apart_ns / 1e6, worst.apart_bound_ns / 1e6);
    ck_assert(worst.part > 0); /* somebody was compared */
}
END_TEST

static TCase *fair_queue(void)
{
    TCase *tc = tcase_create("fair_queue");

    tcase_add_test(tc, test_nobody_falls_behind_his_share);
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {fair_queue};

    return lq_suite_run("fair_queue", cases, 1);
}

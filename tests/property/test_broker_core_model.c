// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The broker core against a naive model, over seeded random histories. LQ_SEED=n repeats one. */
#include "tests/property/core_chaos.h"
#include "tests/support/suite.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEDS 1000u
#define STEPS 1500u

static uint32_t choose_random(void *context, uint32_t bound)
{
    uint64_t *state = context;
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((mixed ^ (mixed >> 31)) >> 32) % bound);
}

static char running[32]; /* what a broken assertion is of */

static void tell_seed(int signal_number)
{
    static const char end[] = " broke\n";

    (void)!write(STDERR_FILENO, running, strlen(running));
    (void)!write(STDERR_FILENO, end, sizeof end - 1);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

struct coverage {
    uint64_t ticks, letters, resolves, retries, conflicts, kills, redriven, stale, held, behind;
    uint64_t rates, stopped;
};

static void run_seed(uint64_t seed, struct coverage *coverage)
{
    uint64_t random = seed;
    struct lq_core_chaos *chaos = lq_core_chaos_new(choose_random, &random);
    uint32_t steps = STEPS / 2 + choose_random(&random, STEPS);

    for (uint32_t step = 0; step < steps; step++) {
        lq_core_chaos_step(chaos);
    }
    lq_core_chaos_recover(chaos);
    const struct lq_status *status = lq_core_fixture_status(chaos->fixture);
    coverage->ticks += status->ticks_committed;
    coverage->letters += status->letters_total;
    coverage->resolves += status->resolves;
    coverage->retries += status->retries;
    coverage->conflicts += status->conflicts;
    coverage->stale += status->stale_results;
    coverage->kills += chaos->fixture->kills;
    coverage->redriven += chaos->fixture->change_count;
    coverage->held += chaos->held_seen;
    coverage->behind += chaos->behind_seen;
    coverage->rates += chaos->fixture->rate_count;
    coverage->stopped += chaos->stopped_seen;
    lq_core_chaos_destroy(&chaos);
}

START_TEST(test_broker_core_keeps_its_promises)
{
    struct coverage coverage = {0};
    uint64_t first = lq_suite_seed(1);
    uint64_t seeds = getenv("LQ_SEED") != NULL ? 1 : SEEDS;

    signal(SIGABRT, tell_seed);
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        snprintf(running, sizeof running, "LQ_SEED=%" PRIu64, seed);
        run_seed(seed, &coverage);
    }
    printf("ticks %" PRIu64 " letters %" PRIu64 " resolves %" PRIu64 " retries %" PRIu64
           " conflicts %" PRIu64 " kills %" PRIu64 " redriven %" PRIu64 " stale %" PRIu64
           " held %" PRIu64 " behind %" PRIu64 " rates %" PRIu64 " stopped %" PRIu64 "\n",
           coverage.ticks, coverage.letters, coverage.resolves, coverage.retries,
           coverage.conflicts, coverage.kills, coverage.redriven, coverage.stale, coverage.held,
           coverage.behind, coverage.rates, coverage.stopped);
    if (seeds > 1) { /* the histories are worth something only if they reach everything */
        ck_assert_uint_gt(coverage.ticks, 1000);
        ck_assert_uint_gt(coverage.letters, 100);
        ck_assert_uint_gt(coverage.resolves, 100);
        ck_assert_uint_gt(coverage.conflicts, 100);
        ck_assert_uint_gt(coverage.kills, 100);
        ck_assert_uint_gt(coverage.redriven, 100);
        ck_assert_uint_gt(coverage.stale, 100);
        ck_assert_uint_gt(coverage.held, 1000);
        ck_assert_uint_gt(coverage.behind, 1000);
        ck_assert_uint_gt(coverage.rates, 100);
        ck_assert_uint_gt(coverage.stopped, 100);
    }
}
END_TEST

static TCase *broker_core_model(void)
{
    TCase *tc = tcase_create("broker_core_model");

    tcase_add_test(tc, test_broker_core_keeps_its_promises);
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {broker_core_model};

    return lq_suite_run("broker_core_model", cases, 1);
}

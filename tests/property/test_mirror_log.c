// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Two or three writers at one table, over seeded random interleavings: rival_writers.h has the
 * model and what is looked at after every step. LQ_SEED=n repeats one seed, LQ_SEEDS=n runs that
 * many; LQ_SEEDS=1000000 takes some minutes. */
#include "base/clock.h"
#include "tests/property/rival_writers.h"
#include "tests/support/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SEEDS 3000u
#define SEEDS_TO_FIND_MAX 20000u

START_TEST(test_one_log_whatever_comes_late)
{
    struct lq_rival_tally tally = {0};
    const char *wanted = getenv("LQ_SEEDS");
    uint64_t first = lq_suite_seed(1);
    uint64_t seeds = wanted != NULL ? strtoull(wanted, NULL, 0) : SEEDS;
    uint64_t from_ns = lq_clock_monotonic_ns();

    seeds = getenv("LQ_SEED") != NULL && wanted == NULL ? 1 : seeds;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        const char *broken = lq_rival_writers_run(seed, LQ_RIVAL_NO_FAULT, &tally);
        ck_assert_msg(broken == NULL, "%s", broken);
    }
    printf("mirror log: %" PRIu64 " interleavings in %.1f s: %" PRIu64 " steps, %" PRIu64
           " segments with %" PRIu64 " entries, %" PRIu64 " claims; %" PRIu64
           " times durable; writers: %" PRIu64 " ended, %" PRIu64 " refused, %" PRIu64
           " went on; own puts found %" PRIu64 ", puts that landed late %" PRIu64
           ", expired %" PRIu64 ", restored %" PRIu64 "\n",
           seeds, (double)(lq_clock_monotonic_ns() - from_ns) / 1e9, tally.steps, tally.segments,
           tally.entries, tally.claims, tally.durables, tally.ended, tally.refused, tally.survivors,
           tally.own_found, tally.late, tally.expired, tally.restored);
    if (seeds >= SEEDS) { /* every kind of thing happened */
        ck_assert_uint_gt(tally.ended, 0);
        ck_assert_uint_gt(tally.refused, 0);
        ck_assert_uint_gt(tally.survivors, 0);
        ck_assert_uint_gt(tally.own_found, 0);
        ck_assert_uint_gt(tally.late, 0);
        ck_assert_uint_gt(tally.expired, 0);
    }
}
END_TEST

static const char *const faults[LQ_RIVAL_FAULTS] = {
    [LQ_RIVAL_WITHOUT_CLAIM] = "without the claim",
    [LQ_RIVAL_FENCE_ON_HEADS] = "with a fence on heads only",
    [LQ_RIVAL_NEVER_LOOKS_AGAIN] = "without another look after a long silence",
};

START_TEST(test_planted_fault_is_found)
{
    struct lq_rival_tally tally = {0};
    const char *broken = NULL;
    uint64_t seed = 0;

    while (broken == NULL && seed < SEEDS_TO_FIND_MAX) {
        broken = lq_rival_writers_run(++seed, (enum lq_rival_fault)_i, &tally);
    }
    ck_assert_msg(broken != NULL, "%s: not found in %u interleavings", faults[_i],
                  SEEDS_TO_FIND_MAX);
    printf("mirror log %s: found by interleaving %" PRIu64 ": %s\n", faults[_i], seed, broken);
}
END_TEST

static TCase *mirror_log(void)
{
    TCase *tc = tcase_create("mirror_log");

    tcase_add_test(tc, test_one_log_whatever_comes_late);
    tcase_add_loop_test(tc, test_planted_fault_is_found, LQ_RIVAL_WITHOUT_CLAIM, LQ_RIVAL_FAULTS);
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {mirror_log};

    return lq_suite_run("mirror_log", cases, 1);
}

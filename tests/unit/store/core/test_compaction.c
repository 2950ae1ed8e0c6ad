// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/compaction.h"

#include "tests/support/suite.h"

#define S UINT64_C(1000000000)
#define NOW (UINT64_C(1000) * S)
#define ALL UINT64_MAX

/* Sessions of frames 64 to 300 with keyframes each 64; record 900 is keyframe 128. The
 * time is second 1000, the retention 100 s. */
static const struct {
    const char *name;
    struct lq_compaction_session session;
    struct lq_compaction_now now;
    enum lq_compaction_verdict verdict;
    uint64_t last_frame;
} rows[] = {
    {"too old",
     {false, 64, 300, true, 128, 900, true, 900 * S, 100},
     {true, NOW, ALL},
     LQ_COMPACTION_GOES,
     127},
    {"just not",
     {false, 64, 300, true, 128, 900, true, 900 * S + 1, 100},
     {true, NOW, ALL},
     LQ_COMPACTION_STAYS,
     0},
    {"for ever",
     {false, 64, 300, true, 128, 900, true, 1, 0},
     {true, NOW, ALL},
     LQ_COMPACTION_STAYS,
     0},
    {"no keyframe behind",
     {false, 256, 300, false, 0, 0, false, 0, 100},
     {true, NOW, ALL},
     LQ_COMPACTION_STAYS,
     0},
    {"of no known age",
     {false, 64, 300, true, 128, 900, false, 0, 100},
     {true, NOW, ALL},
     LQ_COMPACTION_STAYS,
     0},
    {"a clock that jumped",
     {false, 64, 300, true, 128, 900, true, 900 * S, 100},
     {false, NOW, ALL},
     LQ_COMPACTION_WAITS,
     0},
    {"just passed by the feeds",
     {false, 64, 300, true, 128, 900, true, 900 * S, 100},
     {true, NOW, 900},
     LQ_COMPACTION_GOES,
     127},
    {"a feed has not passed it",
     {false, 64, 300, true, 128, 900, true, 900 * S, 100},
     {true, NOW, 899},
     LQ_COMPACTION_WAITS,
     0},
    {"up to the head",
     {false, 64, 300, true, 300, 900, true, 900 * S, 100},
     {true, NOW, ALL},
     LQ_COMPACTION_GOES,
     299},
    {"deleted, a piece",
     {true, 64, 300, true, 128, 900, false, 0, 0},
     {true, NOW, ALL},
     LQ_COMPACTION_GOES,
     127},
    {"deleted, the last piece",
     {true, 256, 300, false, 0, 950, false, 0, 0},
     {true, NOW, ALL},
     LQ_COMPACTION_GOES,
     300},
    {"deleted, under a clock that jumped",
     {true, 256, 300, false, 0, 950, false, 0, 100},
     {false, NOW, ALL},
     LQ_COMPACTION_GOES,
     300},
    {"deleted, a feed has not passed it",
     {true, 256, 300, false, 0, 950, false, 0, 0},
     {true, NOW, 949},
     LQ_COMPACTION_WAITS,
     0},
    {"deleted, nothing is there",
     {true, 301, 300, false, 0, 0, false, 0, 0},
     {true, NOW, ALL},
     LQ_COMPACTION_STAYS,
     0},
};

START_TEST(test_judge)
{
    uint64_t last_frame = 0;

    ck_assert_msg(lq_compaction_judge(&rows[_i].session, &rows[_i].now, &last_frame) ==
                      rows[_i].verdict,
                  "%s: verdict", rows[_i].name);
    ck_assert_msg(last_frame == rows[_i].last_frame, "%s: last frame", rows[_i].name);
}
END_TEST

START_TEST(test_a_step_is_bounded)
{
    struct lq_compaction_step step;

    lq_compaction_step_begin(&step, 0, 5 * S);
    ck_assert(lq_compaction_step_goes_on(&step, 5 * S));
    ck_assert(!lq_compaction_step_goes_on(&step, 5 * S + LQ_COMPACTION_NS_MAX));
    ck_assert(!lq_compaction_step_visits(&step, 5 * S + LQ_COMPACTION_NS_MAX));
    ck_assert(lq_compaction_step_visits(&step, 5 * S));
    ck_assert(!lq_compaction_step_visits(&step, 5 * S));
    ck_assert(lq_compaction_step_goes_on(&step, 5 * S)); /* pieces of that one */

    lq_compaction_step_begin(&step, 4096, 5 * S);
    ck_assert_uint_eq(step.visits_left, 257);
    lq_compaction_step_dropped(&step, 2 * 4096 + LQ_COMPACTION_RECORDS_LEAST - 1, 1000);
    ck_assert(lq_compaction_step_goes_on(&step, 5 * S));
    lq_compaction_step_dropped(&step, 64, 1000);
    ck_assert(!lq_compaction_step_goes_on(&step, 5 * S));

    lq_compaction_step_begin(&step, 4096, 5 * S);
    lq_compaction_step_dropped(&step, 1, LQ_COMPACTION_BYTES_MAX);
    ck_assert(!lq_compaction_step_goes_on(&step, 5 * S));
}
END_TEST

TCase *lq_test_compaction(void);
TCase *lq_test_compaction(void)
{
    TCase *tc = tcase_create("compaction");

    tcase_add_loop_test(tc, test_judge, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_a_step_is_bounded);
    return tc;
}

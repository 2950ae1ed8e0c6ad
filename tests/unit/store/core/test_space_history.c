// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/space_history.h"

#include "tests/support/suite.h"

#include <string.h>

#define WINDOW_NS UINT64_C(60000000000) /* a step is a second */
#define S UINT64_C(1000000000)
#define MB UINT64_C(1000000)

static struct lq_space_history history;

static void set_up(void)
{
    lq_space_history_begin(&history, WINDOW_NS);
}

static void add(uint64_t at_s, uint64_t used_mb, uint64_t free_mb)
{
    lq_space_history_add(&history, (struct lq_space_sample){at_s * S, used_mb * MB, free_mb * MB});
    ck_assert(lq_space_history_valid(&history));
}

/* Two samples: what they say. */
static const struct {
    const char *name;
    uint64_t first_s, first_used, first_free;
    uint64_t last_s, last_used, last_free;
    uint64_t mb_per_hour, span_s;
    bool judged;
} rows[] = {
    {"grows", 10, 100, 0, 20, 101, 0, 360, 10, true},
    {"stands", 10, 100, 5, 20, 100, 5, 0, 10, true},
    {"shrinks", 10, 100, 0, 20, 90, 0, 0, 10, true},
    {"free pages are filled, the file stays", 10, 100, 50, 20, 100, 40, 3600, 10, true},
    {"the file grows beside free pages", 10, 100, 0, 20, 110, 10, 3600, 10, true},
    {"pages become free", 10, 100, 0, 20, 100, 10, 0, 10, true},
    {"too short to be judged", 10, 100, 0, 15, 101, 0, 720, 5, false},
    {"just long enough", 10, 100, 0, 16, 101, 0, 600, 6, true},
    {"a long pause", 10, 100, 0, 3610, 101, 0, 1, 3600, true},
    {"of another clock: begins anew", 100, 100, 0, 20, 101, 0, 0, 0, false},
    {"at the same time: the newer one stands", 20, 100, 0, 20, 101, 0, 0, 0, false},
};

START_TEST(test_growth_of_two)
{
    add(rows[_i].first_s, rows[_i].first_used, rows[_i].first_free);
    add(rows[_i].last_s, rows[_i].last_used, rows[_i].last_free);
    struct lq_space_growth growth = lq_space_history_growth(&history);

    ck_assert_msg(growth.bytes_per_hour == rows[_i].mb_per_hour * MB, "%s: %llu", rows[_i].name,
                  (unsigned long long)growth.bytes_per_hour);
    ck_assert_msg(growth.span_ns == rows[_i].span_s * S, "%s: span", rows[_i].name);
    ck_assert_msg(growth.judged == rows[_i].judged, "%s: judged", rows[_i].name);
    ck_assert_uint_eq(history.samples[history.count - 1].used_bytes, rows[_i].last_used * MB);
}
END_TEST

START_TEST(test_nothing_is_known_of_one)
{
    ck_assert_uint_eq(lq_space_history_growth(&history).span_ns, 0);
    add(10, 100, 0);
    ck_assert_uint_eq(lq_space_history_growth(&history).span_ns, 0);
}
END_TEST

/* Samples far closer together than a step take no more room than one a step. */
START_TEST(test_a_window_of_many)
{
    for (uint64_t at = 0; at <= 10 * WINDOW_NS; at += S / 10) {
        lq_space_history_add(&history, (struct lq_space_sample){at, 5 * at / S * MB, 0});
        ck_assert_uint_le(history.count, LQ_SPACE_STEPS + 2);
    }
    struct lq_space_growth growth = lq_space_history_growth(&history);

    ck_assert(lq_space_history_valid(&history));
    ck_assert_uint_ge(growth.span_ns, WINDOW_NS);
    ck_assert_uint_le(growth.span_ns, WINDOW_NS + 2 * S);
    ck_assert_uint_ge(growth.bytes_per_hour, 17900 * MB);
    ck_assert_uint_le(growth.bytes_per_hour, 18100 * MB);
}
END_TEST

/* What has left the window is forgotten: a burst does not count for ever. */
START_TEST(test_a_burst_leaves_the_window)
{
    add(0, 100, 0);
    add(1, 900, 0);
    for (uint64_t at_s = 2; at_s <= 62; at_s++) {
        add(at_s, 900, 0);
        ck_assert((lq_space_history_growth(&history).bytes_per_hour > 0) == (at_s < 61));
    }
}
END_TEST

/* Bytes of a file that are no history. */
/* Valid, and closer together than this program would have kept them: the oldest one goes. */
START_TEST(test_full_of_anothers)
{
    for (uint64_t index = 0; index < LQ_SPACE_SAMPLES_MAX; index++) {
        history.samples[index] = (struct lq_space_sample){S + index, MB, 0};
    }
    history.samples[LQ_SPACE_SAMPLES_MAX - 1].at_ns = 3 * S;
    history.count = LQ_SPACE_SAMPLES_MAX;
    ck_assert(lq_space_history_valid(&history));
    add(4, 2, 0);
    ck_assert_uint_eq(history.count, LQ_SPACE_SAMPLES_MAX);
    ck_assert_uint_eq(history.samples[0].at_ns, S + 1);
    ck_assert_uint_eq(history.samples[LQ_SPACE_SAMPLES_MAX - 1].at_ns, 4 * S);
}
END_TEST

START_TEST(test_valid)
{
    add(1, 100, 1);
    add(3, 100, 1);
    struct lq_space_history good = history;

    history.count = LQ_SPACE_SAMPLES_MAX + 1;
    ck_assert(!lq_space_history_valid(&history));
    history = good;
    history.window_ns = 0;
    ck_assert(!lq_space_history_valid(&history));
    history = good;
    history.samples[1].at_ns = history.samples[0].at_ns;
    ck_assert(!lq_space_history_valid(&history));
    history = good;
    history.samples[0].free_bytes = history.samples[0].used_bytes + 1;
    ck_assert(!lq_space_history_valid(&history));
}
END_TEST

TCase *lq_test_space_history(void);
TCase *lq_test_space_history(void)
{
    TCase *tc = tcase_create("space_history");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_loop_test(tc, test_growth_of_two, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_nothing_is_known_of_one);
    tcase_add_test(tc, test_a_window_of_many);
    tcase_add_test(tc, test_a_burst_leaves_the_window);
    tcase_add_test(tc, test_full_of_anothers);
    tcase_add_test(tc, test_valid);
    return tc;
}

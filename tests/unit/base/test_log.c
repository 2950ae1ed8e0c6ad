// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"
#include "base/log.h"
#include "tests/unit/base/base_cases.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BURST 5u

/* Lines taken of `count` that come `apart_ns` from one another. */
static uint64_t take_many(struct lq_log_throttle *throttle, uint64_t *now_ns, uint64_t count,
                          uint64_t apart_ns)
{
    uint64_t taken = 0;
    uint64_t left_out;

    for (uint64_t index = 0; index < count; index++) {
        taken += lq_log_throttle_take(throttle, *now_ns, &left_out);
        *now_ns += apart_ns;
    }
    return taken;
}

START_TEST(test_a_burst_then_one_a_second)
{
    struct lq_log_throttle throttle = LQ_LOG_THROTTLE(BURST);
    uint64_t now_ns = 1000 * LQ_NS_PER_S;
    uint64_t left_out;

    ck_assert_uint_eq(take_many(&throttle, &now_ns, 100000, 0), BURST);
    now_ns += LQ_NS_PER_S;
    ck_assert(lq_log_throttle_take(&throttle, now_ns, &left_out));
    ck_assert_uint_eq(left_out, 100000 - BURST);
    ck_assert(!lq_log_throttle_take(&throttle, now_ns, &left_out));
    now_ns += LQ_NS_PER_S;
    ck_assert(lq_log_throttle_take(&throttle, now_ns, &left_out));
    ck_assert_uint_eq(left_out, 1);
    /* 60 s of a flood: one a second and no more */
    ck_assert_uint_le(take_many(&throttle, &now_ns, 60000, LQ_NS_PER_MS), 61);
    now_ns += 100 * LQ_NS_PER_S;
    ck_assert_uint_eq(take_many(&throttle, &now_ns, 100, 0), BURST); /* rested */
}
END_TEST

START_TEST(test_rare_lines_all_pass)
{
    struct lq_log_throttle throttle = LQ_LOG_THROTTLE(1);
    uint64_t now_ns = 1;

    ck_assert_uint_eq(take_many(&throttle, &now_ns, 500, LQ_NS_PER_S), 500);
}
END_TEST

static size_t lines_with(const char *text, const char *words)
{
    size_t count = 0;

    for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words)) {
        count++;
    }
    return count;
}

/* What reaches stderr: the burst, and once the flood is over how many there were besides. */
START_TEST(test_what_was_left_out_is_told)
{
    static char text[65536];
    static struct lq_log_throttle throttle = LQ_LOG_THROTTLE(3);
    int pipe_ends[2];

    ck_assert_int_eq(pipe(pipe_ends), 0);
    int kept = dup(STDERR_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
    for (int index = 0; index < 1000; index++) {
        lq_log_throttled(&throttle, LQ_LOG_WARNING, "a kind of line, number %d", index);
    }
    lq_log_settle(); /* too early: it may go on */
    throttle.seen_ns -= 2 * LQ_NS_PER_S;
    lq_log_settle();
    lq_log_settle();
    dup2(kept, STDERR_FILENO);
    ssize_t bytes = read(pipe_ends[0], text, sizeof text - 1);
    ck_assert_int_gt(bytes, 0);
    text[bytes] = '\0';
    /* A machine that stood still in between lets another line pass. */
    size_t written = lines_with(text, "\"message\":\"a kind of line, number ");
    ck_assert_uint_ge(written, 3);
    ck_assert_uint_lt(written, 100);
    ck_assert_uint_eq(lines_with(text, " lines like this one were left out: a kind of line"), 1);
    ck_assert_uint_eq(lines_with(text, "\n"), written + 1);
    close(kept);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}
END_TEST

TCase *lq_test_log(void)
{
    TCase *tc = tcase_create("log");

    tcase_add_test(tc, test_a_burst_then_one_a_second);
    tcase_add_test(tc, test_rare_lines_all_pass);
    tcase_add_test(tc, test_what_was_left_out_is_told);
    return tc;
}

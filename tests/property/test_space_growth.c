// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A history of samples against a list that keeps them all: times that pause, hurry and jump back,
 * sizes that grow and shrink. LQ_SEED=n repeats one run. */
#include "store/core/space_history.h"
#include "tests/support/suite.h"

#include <string.h>

enum { RUNS = 200, SAMPLES = 2000 };

/* All samples since the clock last jumped back. */
static struct lq_space_sample all[SAMPLES];

static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const struct lq_space_sample *find_by_time(uint32_t count, uint64_t at_ns)
{
    for (uint32_t index = count; index-- > 0;) {
        if (all[index].at_ns == at_ns) {
            return &all[index];
        }
    }
    return NULL;
}

/* Its samples are some of those that came, the newest among them, and they reach back over the
 * window where those do, no farther than to the last one before it. */
static void compare(const struct lq_space_history *history, uint32_t count)
{
    const struct lq_space_sample *newest = &history->samples[history->count - 1];

    ck_assert(lq_space_history_valid(history));
    ck_assert_uint_eq(newest->at_ns, all[count - 1].at_ns);
    uint64_t strange = 0;
    for (uint64_t index = 0; index < history->count; index++) {
        const struct lq_space_sample *sample = &history->samples[index];
        const struct lq_space_sample *found = find_by_time(count, sample->at_ns);
        strange += found == NULL || found->used_bytes != sample->used_bytes ||
                   found->free_bytes != sample->free_bytes;
    }
    ck_assert_uint_eq(strange, 0);
    uint64_t begun_ns = history->samples[0].at_ns;
    if (newest->at_ns - all[0].at_ns < history->window_ns) {
        ck_assert_uint_eq(begun_ns, all[0].at_ns);
        return;
    }
    ck_assert_uint_ge(newest->at_ns - begun_ns, history->window_ns);
    if (history->count > 1) {
        ck_assert_uint_lt(newest->at_ns - history->samples[1].at_ns, history->window_ns);
    }
}

static void compare_growth(const struct lq_space_history *history, uint32_t count)
{
    struct lq_space_growth growth = lq_space_history_growth(history);
    const struct lq_space_sample *first = find_by_time(count, history->samples[0].at_ns);
    const struct lq_space_sample *last = &all[count - 1];

    if (history->count < 2) {
        ck_assert_uint_eq(growth.span_ns, 0);
        return;
    }
    double file = (double)last->used_bytes - (double)first->used_bytes;
    double taken = (double)(last->used_bytes - last->free_bytes) -
                   (double)(first->used_bytes - first->free_bytes);
    double most = file > taken ? file : taken;
    double by_hour = most > 0 ? most * 3600e9 / (double)(last->at_ns - first->at_ns) : 0;
    ck_assert_uint_eq(growth.span_ns, last->at_ns - first->at_ns);
    ck_assert_double_le((double)growth.bytes_per_hour, by_hour + 1);
    ck_assert_double_ge((double)growth.bytes_per_hour, by_hour - 1 - by_hour * 1e-9);
}

/* `each`: samples of a window, in the middle; more than there are steps are thinned out. */
static uint64_t next_time(uint64_t *state, uint64_t at_ns, uint64_t window_ns, uint64_t each)
{
    switch (draw(state) % 64) {
    case 0: /* another boot */
        return draw(state) % (at_ns + 1);
    case 1: /* a pause */
        return at_ns + draw(state) % (3 * window_ns);
    case 2:
        return at_ns;
    default:
        return at_ns + draw(state) % (2 * window_ns / each + 1);
    }
}

START_TEST(test_history_against_all_samples)
{
    uint64_t state = lq_suite_seed(20261129) + (uint64_t)_i;
    struct lq_space_history history;
    uint64_t at_ns = draw(&state) % UINT64_C(1000000000000);
    uint64_t window_ns = 1000 + draw(&state) % UINT64_C(3600000000000);
    uint64_t each = UINT64_C(16) << (_i % 5);
    uint32_t count = 0;

    lq_space_history_begin(&history, window_ns);
    while (count < SAMPLES) {
        uint64_t used = draw(&state) % (UINT64_C(1) << 44);
        const struct lq_space_sample sample = {at_ns, used, draw(&state) % (used + 1)};
        lq_space_history_add(&history, sample);
        all[count++] = sample;
        compare(&history, count);
        compare_growth(&history, count);
        uint64_t next_ns = next_time(&state, at_ns, window_ns, each);
        if (next_ns < at_ns) {
            count = 0;
        }
        at_ns = next_ns;
        if (draw(&state) % 512 == 0) {
            break;
        }
    }
}
END_TEST

static TCase *space_growth(void)
{
    TCase *tc = tcase_create("space_growth");

    tcase_add_loop_test(tc, test_history_against_all_samples, 0, RUNS);
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {space_growth};

    return lq_suite_run("space_growth", cases, sizeof cases / sizeof cases[0]);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/client_window.h"

#include "tests/support/suite.h"

#include <signal.h>
#include <stdlib.h>

static struct lq_client_windows windows;
static const struct lq_client_id known = {{5}};
static const struct lq_client_id unknown = {{6}};

#define V(name) LQ_WINDOW_##name

/* `known` has highest 100 and, of those below, 99 and 36 (the last of the map) used; last in
 * frame 7. */
static const struct {
    const struct lq_client_id *client;
    uint64_t sequence;
    enum lq_window_verdict verdict;
} rows[] = {
    {&known, 0, V(ZERO)},       {&known, 1, V(TOO_OLD)},     {&known, 35, V(TOO_OLD)},
    {&known, 36, V(DUPLICATE)}, {&known, 37, V(EXECUTE)},    {&known, 98, V(EXECUTE)},
    {&known, 99, V(DUPLICATE)}, {&known, 100, V(DUPLICATE)}, {&known, 101, V(EXECUTE)},
    {&known, 164, V(EXECUTE)},  {&known, 165, V(TOO_FAR)},   {&known, UINT64_MAX, V(TOO_FAR)},
    {&unknown, 0, V(ZERO)},     {&unknown, 1, V(EXECUTE)},   {&unknown, 64, V(EXECUTE)},
    {&unknown, 65, V(TOO_FAR)},
};

static void start_with_known(void)
{
    windows.count = 0;
    lq_client_windows_use(&windows, &known, 36, 5);
    lq_client_windows_use(&windows, &known, 99, 6);
    lq_client_windows_use(&windows, &known, 100, 7);
}

START_TEST(test_judge)
{
    uint64_t frame = 0;

    start_with_known();
    enum lq_window_verdict verdict =
        lq_client_windows_judge(&windows, rows[_i].client, rows[_i].sequence, 8, &frame);
    ck_assert_msg(verdict == rows[_i].verdict, "row %d: %s", _i, lq_window_verdict_reason(verdict));
    ck_assert_uint_eq(frame, verdict == LQ_WINDOW_DUPLICATE ? 7 : 0);
    if (verdict == LQ_WINDOW_EXECUTE) {
        lq_client_windows_use(&windows, rows[_i].client, rows[_i].sequence, 8);
        ck_assert(lq_client_windows_valid(&windows));
        verdict = lq_client_windows_judge(&windows, rows[_i].client, rows[_i].sequence, 9, &frame);
        ck_assert_int_eq(verdict, LQ_WINDOW_DUPLICATE);
        ck_assert_uint_eq(frame, 8);
    }
}
END_TEST

START_TEST(test_map_moves)
{
    start_with_known();
    ck_assert_uint_eq(windows.entries[0].highest, 100);
    ck_assert_uint_eq(windows.entries[0].used_map, UINT64_C(1) | UINT64_C(1) << 63);
    lq_client_windows_use(&windows, &known, 101, 8);
    ck_assert_uint_eq(windows.entries[0].used_map, 3);
    lq_client_windows_use(&windows, &known, 165,
                          9); /* 64 at once: only the former highest is left */
    ck_assert_uint_eq(windows.entries[0].used_map, UINT64_C(1) << 63);
    lq_client_windows_use(&windows, &known, 3, 10); /* below the map: nothing changes */
    ck_assert_uint_eq(windows.entries[0].used_map, UINT64_C(1) << 63);
    ck_assert_uint_eq(windows.entries[0].last_frame, 9);
}
END_TEST

START_TEST(test_near_the_last_number)
{
    uint64_t frame = 0;

    windows.count = 1;
    windows.entries[0] = (struct lq_client_window){known, UINT64_MAX - 1, 0, 1};
    ck_assert_int_eq(lq_client_windows_judge(&windows, &known, UINT64_MAX, 2, &frame),
                     LQ_WINDOW_EXECUTE);
    lq_client_windows_use(&windows, &known, UINT64_MAX, 2);
    ck_assert_int_eq(lq_client_windows_judge(&windows, &known, UINT64_MAX, 2, &frame),
                     LQ_WINDOW_DUPLICATE);
}
END_TEST

/* Clients {0, n} for n from 0, in frames 1000 + n; entry 200 in frame 10. */
static void fill(void)
{
    windows.count = 0;
    for (uint32_t number = 0; number < LQ_CLIENTS_MAX; number++) {
        struct lq_client_id client = {{2, (uint8_t)number}};
        lq_client_windows_use(&windows, &client, 1, 1000 + number);
    }
    windows.entries[200].last_frame = 10;
}

START_TEST(test_eviction)
{
    struct lq_client_id silent = {{2, 200}};
    uint64_t frame = 0;
    uint64_t early = 10 + LQ_CLIENT_SILENT_FRAMES - 1;

    fill();
    ck_assert_int_eq(lq_client_windows_judge(&windows, &unknown, 1, early, &frame),
                     LQ_WINDOW_CLIENTS_FULL);
    ck_assert_int_eq(lq_client_windows_judge(&windows, &unknown, 1, early + 1, &frame),
                     LQ_WINDOW_EXECUTE);
    lq_client_windows_use(&windows, &unknown, 1, early + 1);
    ck_assert_uint_eq(windows.count, LQ_CLIENTS_MAX);
    ck_assert(lq_client_windows_valid(&windows));
    ck_assert(lq_client_id_equal(&windows.entries[LQ_CLIENTS_MAX - 1].client, &unknown));
    ck_assert_int_eq(lq_client_windows_judge(&windows, &silent, 1, early + 1, &frame),
                     LQ_WINDOW_CLIENTS_FULL); /* forgotten, and nobody else to forget */
}
END_TEST

START_TEST(test_eviction_before_the_new_entry)
{
    struct lq_client_id lowest = {{1}};

    fill();
    lq_client_windows_use(&windows, &lowest, 2, 10 + LQ_CLIENT_SILENT_FRAMES);
    ck_assert_uint_eq(windows.count, LQ_CLIENTS_MAX);
    ck_assert(lq_client_id_equal(&windows.entries[0].client, &lowest));
    ck_assert(lq_client_windows_valid(&windows));
}
END_TEST

START_TEST(test_valid)
{
    fill();
    ck_assert(lq_client_windows_valid(&windows));
    windows.entries[3].highest = 0;
    ck_assert(!lq_client_windows_valid(&windows));
    fill();
    windows.entries[3].client = windows.entries[4].client;
    ck_assert(!lq_client_windows_valid(&windows));
    windows.count = LQ_CLIENTS_MAX + 1;
    ck_assert(!lq_client_windows_valid(&windows));
}
END_TEST

START_TEST(test_reasons)
{
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_TOO_OLD), "SEQUENCE_TOO_OLD");
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_TOO_FAR), "SEQUENCE_TOO_FAR");
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_CLIENTS_FULL), "CLIENTS_FULL");
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_ZERO), "SEQUENCE_ZERO");
}
END_TEST

START_TEST(test_use_twice_is_a_bug)
{
    start_with_known();
    lq_client_windows_use(&windows, &known, 99, 8);
}
END_TEST

TCase *lq_test_client_window(void);
TCase *lq_test_client_window(void)
{
    TCase *tcase = tcase_create("client_window");

    tcase_add_loop_test(tcase, test_judge, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_map_moves);
    tcase_add_test(tcase, test_near_the_last_number);
    tcase_add_test(tcase, test_eviction);
    tcase_add_test(tcase, test_eviction_before_the_new_entry);
    tcase_add_test(tcase, test_valid);
    tcase_add_test(tcase, test_reasons);
    if (lq_suite_forks()) {
        tcase_add_test_raise_signal(tcase, test_use_twice_is_a_bug, SIGABRT);
    }
    return tcase;
}

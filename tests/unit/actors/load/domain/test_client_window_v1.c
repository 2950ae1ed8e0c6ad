// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/domain/client_window_v1.h"

#include "tests/support/suite.h"

static struct lq_client_windows windows;
static const struct lq_client_id unknown = {{6}};

/* Clients {0, n} for n from 0, in frames 1000 + n; entry 200 in frame 10. */
static void fill(void)
{
    windows.count = 0;
    for (uint32_t number = 0; number < LQ_CLIENTS_MAX; number++) {
        struct lq_client_id client = {{2, (uint8_t)number}};
        lq_client_window_v1_use(&windows, &client, 1, 1000 + number);
    }
    windows.entries[200].last_frame = 10;
}

START_TEST(test_eviction)
{
    struct lq_client_id silent = {{2, 200}};
    uint64_t frame = 0;
    uint64_t early = 10 + LQ_CLIENT_V1_SILENT_FRAMES - 1;

    fill();
    ck_assert_int_eq(lq_client_window_v1_judge(&windows, &unknown, 1, early, &frame),
                     LQ_WINDOW_CLIENTS_FULL);
    ck_assert_int_eq(lq_client_window_v1_judge(&windows, &unknown, 1, early + 1, &frame),
                     LQ_WINDOW_EXECUTE);
    lq_client_window_v1_use(&windows, &unknown, 1, early + 1);
    ck_assert_uint_eq(windows.count, LQ_CLIENTS_MAX);
    ck_assert(lq_client_windows_valid(&windows));
    ck_assert(lq_client_id_equal(&windows.entries[LQ_CLIENTS_MAX - 1].client, &unknown));
    ck_assert_int_eq(lq_client_window_v1_judge(&windows, &silent, 1, early + 1, &frame),
                     LQ_WINDOW_CLIENTS_FULL); /* forgotten, and nobody else to forget */
}
END_TEST

START_TEST(test_eviction_before_the_new_entry)
{
    struct lq_client_id lowest = {{1}};

    fill();
    lq_client_window_v1_use(&windows, &lowest, 2, 10 + LQ_CLIENT_V1_SILENT_FRAMES);
    ck_assert_uint_eq(windows.count, LQ_CLIENTS_MAX);
    ck_assert(lq_client_id_equal(&windows.entries[0].client, &lowest));
    ck_assert(lq_client_windows_valid(&windows));
}
END_TEST

/* Two ids with the same first half have an entry each. */
START_TEST(test_each_id_is_a_client)
{
    struct lq_client_id one = {{1, [15] = 1}};
    struct lq_client_id two = {{1, [15] = 2}};
    uint64_t frame = 0;

    windows.count = 0;
    lq_client_window_v1_use(&windows, &two, 1, 1);
    ck_assert_int_eq(lq_client_window_v1_judge(&windows, &one, 1, 2, &frame), LQ_WINDOW_EXECUTE);
    lq_client_window_v1_use(&windows, &one, 1, 2);
    ck_assert_uint_eq(windows.count, 2);
    ck_assert_int_eq(lq_client_window_v1_judge(&windows, &two, 1, 2, &frame), LQ_WINDOW_DUPLICATE);
    ck_assert_int_eq(lq_client_window_v1_judge(&windows, &two, 0, 2, &frame), LQ_WINDOW_ZERO);
    ck_assert_int_eq(lq_client_window_v1_judge(&windows, &unknown, 65, 2, &frame),
                     LQ_WINDOW_TOO_FAR);
}
END_TEST

TCase *lq_test_client_window_v1(void);
TCase *lq_test_client_window_v1(void)
{
    TCase *tcase = tcase_create("client_window_v1");

    tcase_add_test(tcase, test_eviction);
    tcase_add_test(tcase, test_eviction_before_the_new_entry);
    tcase_add_test(tcase, test_each_id_is_a_client);
    return tcase;
}

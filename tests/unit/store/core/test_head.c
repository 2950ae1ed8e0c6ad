// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/head.h"

#include "tests/support/suite.h"

START_TEST(test_head_layout)
{
    struct lq_head_state head = {
        .frame = 0x0102030405060708,
        .ledger_sequence = 9,
        .keyframe_sequence = 8,
        .record_count = 7,
        .execution = {6, 5},
        .rolling = {{1, 2, 3, UINT64_MAX}},
    };
    struct lq_head_state back;
    uint8_t bytes[LQ_HEAD_BYTES];

    memset(head.hash, 0xab, sizeof head.hash);
    lq_head_encode(&head, bytes);
    ck_assert_uint_eq(bytes[0], 8);
    ck_assert_uint_eq(bytes[7], 1);
    ck_assert_uint_eq(bytes[8], 9);
    ck_assert_uint_eq(bytes[16], 8);
    ck_assert_uint_eq(bytes[24], 7);
    ck_assert_uint_eq(bytes[32], 6);
    ck_assert_uint_eq(bytes[40], 5);
    ck_assert_uint_eq(bytes[48], 0xab);
    ck_assert_uint_eq(bytes[80], 1);
    ck_assert_uint_eq(bytes[111], 0xff);
    ck_assert_int_eq(lq_head_decode(lq_view_of(bytes, sizeof bytes), &back), LQ_OK);
    ck_assert_mem_eq(&back, &head, sizeof head);
    ck_assert_int_eq(lq_head_decode(lq_view_of(bytes, sizeof bytes - 1), &back), LQ_ERR_CORRUPT);
    for (size_t at = 8; at <= 24; at += 16) { /* no sequence, no records */
        uint8_t whole = bytes[at];
        bytes[at] = 0;
        ck_assert_int_eq(lq_head_decode(lq_view_of(bytes, sizeof bytes), &back), LQ_ERR_CORRUPT);
        bytes[at] = whole;
    }
}
END_TEST

TCase *lq_test_head(void);
TCase *lq_test_head(void)
{
    TCase *tc = tcase_create("head");

    tcase_add_test(tc, test_head_layout);
    return tc;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/head.h"

#include "store/core/partition_state.h"
#include "tests/support/suite.h"

START_TEST(test_head_layout)
{
    struct lq_head_state head = {
        .frame = 0x0102030405060708,
        .ledger_sequence = 9,
        .keyframe_sequence = 8,
        .record_count = 7,
        .execution = {6, 5},
        .rolling = {1, 2, 3, UINT64_MAX},
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

START_TEST(test_head_rolls_in_lanes_without_carry)
{
    uint64_t rolling[LQ_HEAD_LANES] = {UINT64_MAX, 0, 5, 0};
    uint8_t hash[LQ_HASH_BYTES] = {1, [8] = 2, [31] = 0x80};

    lq_head_roll(rolling, hash);
    ck_assert_uint_eq(rolling[0], 0);
    ck_assert_uint_eq(rolling[1], 2);
    ck_assert_uint_eq(rolling[2], 5);
    ck_assert_uint_eq(rolling[3], UINT64_C(1) << 63);
}
END_TEST

START_TEST(test_partition_state_goes_there_and_back)
{
    struct lq_partition_state state = {1, 2, 3, 4, 5, 6};
    struct lq_partition_state back;
    uint8_t bytes[LQ_PARTITION_STATE_BYTES];

    lq_partition_state_encode(&state, bytes);
    ck_assert_int_eq(lq_partition_state_decode(lq_view_of(bytes, sizeof bytes), &back), LQ_OK);
    ck_assert_uint_eq(back.partition, 1);
    ck_assert_uint_eq(back.writer_epoch, 2);
    ck_assert_uint_eq(back.next_ledger_sequence, 3);
    ck_assert_uint_eq(back.next_tenant_number, 4);
    ck_assert_uint_eq(back.next_session_number, 5);
    ck_assert_uint_eq(back.next_outbox_sequence, 6);
    ck_assert_int_eq(lq_partition_state_decode(lq_view_of(bytes, 47), &back), LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_partition_state_decode(lq_view_of(bytes, 3), &back), LQ_ERR_CORRUPT);
    memset(bytes + 16, 0, 8);
    ck_assert_int_eq(lq_partition_state_decode(lq_view_of(bytes, sizeof bytes), &back),
                     LQ_ERR_CORRUPT);
    bytes[0] = 2;
    ck_assert_int_eq(lq_partition_state_decode(lq_view_of(bytes, sizeof bytes), &back),
                     LQ_ERR_VERSION);
}
END_TEST

TCase *lq_test_head(void);
TCase *lq_test_head(void)
{
    TCase *tc = tcase_create("head");

    tcase_add_test(tc, test_head_layout);
    tcase_add_test(tc, test_head_rolls_in_lanes_without_carry);
    tcase_add_test(tc, test_partition_state_goes_there_and_back);
    return tc;
}

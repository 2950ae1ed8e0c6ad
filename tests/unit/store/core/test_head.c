// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/head.h"

#include "tests/support/suite.h"

static struct lq_head_state example(void)
{
    struct lq_head_state head = {
        .frame = 0x0102030405060708,
        .ledger_sequence = 9,
        .keyframe_sequence = 8,
        .keyframe_frame = 0x0102030405060707,
        .record_count = 7,
        .execution = {6, 5},
        .life = LQ_HEAD_DELETED,
        .rolling = {{1, 2, 3, UINT64_MAX}},
    };

    memset(head.hash, 0xab, sizeof head.hash);
    memset(head.digest, 0xcd, sizeof head.digest);
    return head;
}

START_TEST(test_head_layout)
{
    static const struct {
        size_t at;
        uint8_t value;
    } bytes_at[] = {{0, 8},      {7, 1},   {8, 9},   {16, 8},    {24, 7},    {31, 1},
                    {32, 7},     {40, 6},  {48, 5},  {56, 0xab}, {88, 0xcd}, {120, 1},
                    {151, 0xff}, {152, 1}, {153, 0}, {159, 0}};
    struct lq_head_state head = example();
    struct lq_head_state back = {0};
    uint8_t bytes[LQ_HEAD_BYTES];

    lq_head_encode(&head, bytes);
    for (size_t index = 0; index < sizeof bytes_at / sizeof bytes_at[0]; index++) {
        ck_assert_msg(bytes[bytes_at[index].at] == bytes_at[index].value, "byte %zu",
                      bytes_at[index].at);
    }
    ck_assert_int_eq(lq_head_decode(lq_view_of(bytes, sizeof bytes), &back), LQ_OK);
    ck_assert_mem_eq(&back, &head, sizeof head);
    ck_assert_int_eq(lq_head_decode(lq_view_of(bytes, sizeof bytes - 1), &back), LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_head_refuses)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t value;
    } rows[] = {{"no sequence", 8, 0},
                {"no record", 32, 0},
                {"a keyframe that is to come", 31, 2},
                {"an unknown state", 152, 2},
                {"a reserved byte", 159, 1}};

    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        struct lq_head_state head = example();
        uint8_t bytes[LQ_HEAD_BYTES];
        head.life = LQ_HEAD_THERE;
        lq_head_encode(&head, bytes);
        bytes[rows[index].at] = rows[index].value;
        ck_assert_msg(lq_head_decode(lq_view_of(bytes, sizeof bytes), &head) == LQ_ERR_CORRUPT,
                      "%s", rows[index].name);
    }
}
END_TEST

/* Of a deleted session all records go in the end. */
START_TEST(test_head_of_nothing)
{
    struct lq_head_state head = example();
    struct lq_head_state back;
    uint8_t bytes[LQ_HEAD_BYTES];

    head.record_count = 0;
    lq_head_encode(&head, bytes);
    ck_assert_int_eq(lq_head_decode(lq_view_of(bytes, sizeof bytes), &back), LQ_OK);
    ck_assert_uint_eq(lq_head_first_frame(&back), back.frame + 1);
}
END_TEST

TCase *lq_test_head(void);
TCase *lq_test_head(void)
{
    TCase *tc = tcase_create("head");

    tcase_add_test(tc, test_head_layout);
    tcase_add_test(tc, test_head_refuses);
    tcase_add_test(tc, test_head_of_nothing);
    return tc;
}

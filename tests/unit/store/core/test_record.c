// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/record.h"

#include "tests/support/suite.h"

enum { CONTENT_BYTES = 5 };

static const struct lq_record_header example = {
    .kind = LQ_RECORD_KEYFRAME,
    .partition = 2,
    .key_generation = 3,
    .content_bytes = CONTENT_BYTES,
    .ledger_sequence = 0x0a0b,
    .tenant_number = 4,
    .session_number = 5,
    .frame = 6,
    .previous_sequence = 7,
    .keyframe_sequence = 0x0a0b,
    .execution = {8, 9},
};

START_TEST(test_record_header_layout)
{
    static const uint8_t expected[LQ_RECORD_HEADER_BYTES] = {
        1,           0,          1,          0,
        [4] = 3,     [8] = 0x0b, [9] = 0x0a, [16] = 4,
        [24] = 5,    [32] = 6,   [40] = 7,   [48] = 0x0b,
        [49] = 0x0a, [56] = 8,   [64] = 9,   [72] = CONTENT_BYTES,
        [76] = 2};
    uint8_t record[LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES] = {0};
    struct lq_record_header back;

    lq_record_encode_header(&example, record);
    ck_assert_mem_eq(record, expected, sizeof expected);
    memset(&back, 0, sizeof back);
    ck_assert_int_eq(lq_record_decode_header(lq_view_of(record, sizeof record), &back), LQ_OK);
    ck_assert_mem_eq(&back, &example, sizeof back);
}
END_TEST

static const struct {
    const char *name;
    size_t at;
    uint8_t value;
    size_t bytes;
    enum lq_result result;
} faults[] = {
    {"another version", 0, 2, LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES, LQ_ERR_VERSION},
    {"an unknown kind", 2, 2, LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"a reserved byte set", 3, 1, LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"a byte short", 0, 1, LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES - 1, LQ_ERR_CORRUPT},
    {"content longer than the record", 72, 6, LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES,
     LQ_ERR_CORRUPT},
    {"content beyond all memory", 75, 0xff, LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"no room for a record", 0, 1, LQ_RECORD_EXTRA_BYTES - 1, LQ_ERR_CORRUPT},
    {"nothing", 0, 1, 0, LQ_ERR_CORRUPT},
};

START_TEST(test_record_refuses)
{
    uint8_t record[LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES] = {0};
    struct lq_record_header back;

    lq_record_encode_header(&example, record);
    record[faults[_i].at] = faults[_i].value;
    ck_assert_msg(lq_record_decode_header(lq_view_of(record, faults[_i].bytes), &back) ==
                      faults[_i].result,
                  "%s", faults[_i].name);
}
END_TEST

TCase *lq_test_record(void);
TCase *lq_test_record(void)
{
    TCase *tc = tcase_create("record");

    tcase_add_test(tc, test_record_header_layout);
    tcase_add_loop_test(tc, test_record_refuses, 0, sizeof faults / sizeof faults[0]);
    return tc;
}

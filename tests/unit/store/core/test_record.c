// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/record.h"

#include "tests/support/suite.h"

enum { CONTENT_BYTES = 20, DELTA_BYTES = 18 };

static const struct lq_record_header keyframe = {
    .seal_version = LQ_RECORD_SEAL_VERSION,
    .form = LQ_RECORD_WHOLE,
    .seal_generation = 11,
    .version = LQ_RECORD_VERSION,
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
    .body_bytes = CONTENT_BYTES,
};

static struct lq_record_header delta(void)
{
    struct lq_record_header header = keyframe;

    header.kind = LQ_RECORD_DELTA;
    header.keyframe_sequence = 3;
    header.body_bytes = DELTA_BYTES;
    return header;
}

/* One that was converted from the format before. */
static struct lq_record_header converted(void)
{
    struct lq_record_header header = keyframe;

    header.version = LQ_RECORD_VERSION_CONVERTED;
    header.seal_version = LQ_RECORD_SEAL_VERSION_CONVERTED;
    header.seal_generation = header.key_generation;
    return header;
}

START_TEST(test_record_header_layout)
{
    static const uint8_t expected[LQ_RECORD_HEADER_AT + LQ_RECORD_HEADER_BYTES] = {
        1,
        0,
        1,
        0,
        11,
        [8] = 2,
        [10] = 1,
        [12] = 3,
        [16] = 0x0b,
        [17] = 0x0a,
        [24] = 4,
        [32] = 5,
        [40] = 6,
        [48] = 7,
        [56] = 0x0b,
        [57] = 10,
        [64] = 8,
        [72] = 9,
        [80] = CONTENT_BYTES,
        [84] = 2};
    uint8_t record[LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES] = {0};
    struct lq_record_header back;

    lq_record_encode_header(&keyframe, record);
    ck_assert_mem_eq(record, expected, sizeof expected);
    memset(&back, 0, sizeof back);
    ck_assert_int_eq(lq_record_decode_header(lq_view_of(record, sizeof record), &back), LQ_OK);
    ck_assert_mem_eq(&back, &keyframe, sizeof back);
    ck_assert_uint_eq(LQ_RECORD_EXTRA_BYTES, 224);
}
END_TEST

START_TEST(test_record_kinds_come_back)
{
    const struct lq_record_header headers[] = {keyframe, delta(), converted()};

    for (size_t index = 0; index < sizeof headers / sizeof headers[0]; index++) {
        uint8_t record[LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES] = {0};
        uint8_t again[sizeof record] = {0};
        struct lq_record_header back;
        lq_record_encode_header(&headers[index], record);
        ck_assert_int_eq(lq_record_decode_header(
                             lq_view_of(record, lq_record_bytes(headers[index].body_bytes)), &back),
                         LQ_OK);
        ck_assert_int_eq(back.kind, headers[index].kind);
        ck_assert_uint_eq(back.body_bytes, headers[index].body_bytes);
        lq_record_encode_header(&back, again);
        ck_assert_mem_eq(again, record, sizeof again);
    }
}
END_TEST

enum example { KEYFRAME, DELTA, CONVERTED };

static const struct {
    const char *name;
    enum example of;
    size_t at;
    uint8_t value;
    size_t body_bytes;
    enum lq_result result;
} faults[] = {
    {"nothing wrong with it", KEYFRAME, 0, 1, CONTENT_BYTES, LQ_OK},
    {"another version", KEYFRAME, 8, 3, CONTENT_BYTES, LQ_ERR_VERSION},
    {"another seal version", KEYFRAME, 0, 2, CONTENT_BYTES, LQ_ERR_VERSION},
    {"a seal that does not cover the prefix", KEYFRAME, 0, 0, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"no form", KEYFRAME, 2, 0, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"an unknown form", KEYFRAME, 2, 3, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"a reserved byte of the prefix", KEYFRAME, 3, 1, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"an unknown kind", KEYFRAME, 10, 3, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"a reserved byte set", KEYFRAME, 11, 1, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"a byte short", KEYFRAME, 0, 1, CONTENT_BYTES - 1, LQ_ERR_CORRUPT},
    {"content longer than the record", KEYFRAME, 80, CONTENT_BYTES + 1, CONTENT_BYTES,
     LQ_ERR_CORRUPT},
    {"content beyond all memory", KEYFRAME, 83, 0xff, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"inputs alone", KEYFRAME, 2, 2, CONTENT_BYTES - 5, LQ_OK},
    {"more inputs than content", KEYFRAME, 2, 2, CONTENT_BYTES + 1, LQ_ERR_CORRUPT},
    {"a delta of nine tenths", DELTA, 0, 1, DELTA_BYTES, LQ_OK},
    {"a delta that does not pay", DELTA, 0, 1, DELTA_BYTES + 1, LQ_ERR_CORRUPT},
    {"an empty delta", DELTA, 0, 1, 0, LQ_ERR_CORRUPT},
    {"converted", CONVERTED, 0, 0, CONTENT_BYTES, LQ_OK},
    {"converted, sealed anew", CONVERTED, 0, 1, CONTENT_BYTES, LQ_OK},
    {"converted, another generation", CONVERTED, 4, 9, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"converted, another form", CONVERTED, 2, 2, CONTENT_BYTES, LQ_ERR_CORRUPT},
    {"a delta of before there were any", CONVERTED, 10, 2, DELTA_BYTES, LQ_ERR_CORRUPT},
};

START_TEST(test_record_refuses)
{
    const struct lq_record_header examples[] = {
        [KEYFRAME] = keyframe, [DELTA] = delta(), [CONVERTED] = converted()};
    uint8_t record[LQ_RECORD_EXTRA_BYTES + CONTENT_BYTES + 1] = {0};
    struct lq_record_header back;

    lq_record_encode_header(&examples[faults[_i].of], record);
    record[faults[_i].at] = faults[_i].value;
    ck_assert_msg(
        lq_record_decode_header(lq_view_of(record, lq_record_bytes(faults[_i].body_bytes)),
                                &back) == faults[_i].result,
        "%s", faults[_i].name);
}
END_TEST

START_TEST(test_record_is_long_enough)
{
    uint8_t record[LQ_RECORD_EXTRA_BYTES] = {0};
    struct lq_record_header back;

    lq_record_encode_header(&keyframe, record);
    ck_assert_int_eq(lq_record_decode_header(lq_view_of(record, sizeof record - 1), &back),
                     LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_record_decode_header(lq_view_of(record, 0), &back), LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_record_index)
{
    struct lq_record_header header = delta();

    ck_assert(lq_record_is_indexed(&keyframe));
    ck_assert(!lq_record_is_indexed(&header));
    header = converted();
    ck_assert(!lq_record_is_indexed(&header));
    header.frame = 128;
    ck_assert(lq_record_is_indexed(&header));
}
END_TEST

TCase *lq_test_record(void);
TCase *lq_test_record(void)
{
    TCase *tc = tcase_create("record");

    tcase_add_test(tc, test_record_header_layout);
    tcase_add_test(tc, test_record_kinds_come_back);
    tcase_add_test(tc, test_record_is_long_enough);
    tcase_add_test(tc, test_record_index);
    tcase_add_loop_test(tc, test_record_refuses, 0, sizeof faults / sizeof faults[0]);
    return tc;
}

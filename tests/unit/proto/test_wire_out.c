// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/wire_out.h"

#include "proto/wire_limits.h"
#include "tests/unit/proto/proto_cases.h"

static const uint32_t varints[] = {0,       1,       127,       128,       16383,     16384,
                                   2097151, 2097152, 268435455, 268435456, UINT32_MAX};

START_TEST(test_varint_bytes)
{
    uint8_t bytes[5];
    uint8_t *end = lq_wire_out_put_varint(bytes, varints[_i]);

    ck_assert_uint_eq((size_t)(end - bytes), lq_wire_out_varint_bytes(varints[_i]));
}
END_TEST

/* Whatever was expected, the length of a submessage comes out right. */
static const struct {
    size_t expected, written;
} submessages[] = {{0, 5},     {0, 200}, {200, 5},   {200, 200}, {0, 20000},
                   {20000, 5}, {200, 0}, {127, 128}, {128, 127}, {3000000, 40000}};

START_TEST(test_submessage_length)
{
    static uint8_t buffer[65536];
    static uint8_t content[65536];
    struct lq_wire_out out;
    size_t written = 0;
    size_t expected = submessages[_i].expected;

    memset(content, 'x', sizeof content);
    lq_wire_out_open(&out, buffer, sizeof buffer);
    uint8_t *start = lq_wire_out_begin(&out, 1, expected);
    lq_wire_out_bytes(&out, 2, content, submessages[_i].written);
    lq_wire_out_end(&out, start, expected);
    lq_wire_out_uint32(&out, 3, 7);
    ck_assert_int_eq(lq_wire_out_close(&out, &written), LQ_OK);

    size_t inner = submessages[_i].written == 0
                       ? 0
                       : 1 + lq_wire_out_varint_bytes((uint32_t)submessages[_i].written) +
                             submessages[_i].written;
    uint8_t prefix[6] = {1 << 3 | LQ_WIRE_TYPE_LENGTH};
    size_t prefix_bytes = (size_t)(lq_wire_out_put_varint(prefix + 1, (uint32_t)inner) - prefix);
    ck_assert_mem_eq(buffer, prefix, prefix_bytes);
    ck_assert_uint_eq(written, prefix_bytes + inner + 2);
    ck_assert_uint_eq(buffer[written - 2], 3 << 3);
    ck_assert_uint_eq(buffer[written - 1], 7);
}
END_TEST

/* After the first field that does not fit, no shorter one is written either. */
START_TEST(test_full_stays_full)
{
    uint8_t buffer[8] = {0};
    struct lq_wire_out out;
    size_t written = 99;

    lq_wire_out_open(&out, buffer, sizeof buffer);
    lq_wire_out_fixed64(&out, 1, 1);
    lq_wire_out_uint32(&out, 2, 1);
    ck_assert_int_eq(lq_wire_out_close(&out, &written), LQ_ERR_LIMIT);
    ck_assert_uint_eq(written, 99);
    ck_assert_uint_eq(buffer[0], 0);
}
END_TEST

/* A writer does not make what no reader takes. */
START_TEST(test_key_limit)
{
    static uint8_t buffer[3 * LQ_WIRE_FIELDS_MAX];
    struct lq_wire_out out;
    size_t written;

    lq_wire_out_open(&out, buffer, sizeof buffer);
    for (uint32_t index = 0; index < LQ_WIRE_FIELDS_MAX; index++) {
        lq_wire_out_entry(&out, 1, lq_view_of(NULL, 0));
    }
    ck_assert_int_eq(lq_wire_out_close(&out, &written), LQ_OK);
    lq_wire_out_entry(&out, 1, lq_view_of(NULL, 0));
    ck_assert_int_eq(lq_wire_out_close(&out, &written), LQ_ERR_LIMIT);
}
END_TEST

TCase *lq_test_wire_out(void)
{
    TCase *tc = tcase_create("wire_out");

    tcase_add_loop_test(tc, test_varint_bytes, 0, sizeof varints / sizeof varints[0]);
    tcase_add_loop_test(tc, test_submessage_length, 0, sizeof submessages / sizeof submessages[0]);
    tcase_add_test(tc, test_full_stays_full);
    tcase_add_test(tc, test_key_limit);
    return tc;
}

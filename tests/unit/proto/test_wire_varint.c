// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/wire_varint.h"

#include "base/view.h"
#include "proto/wire_out.h"
#include "tests/unit/proto/proto_cases.h"

#define ROW(name, bytes, value, used)                                                              \
    {                                                                                              \
        name, (const uint8_t *)(bytes), sizeof(bytes) - 1, value, used                             \
    }

/* used 0: no varint. */
static const struct {
    const char *name;
    const uint8_t *data;
    size_t bytes;
    uint64_t value;
    size_t used;
} rows[] = {
    ROW("nothing", "", 0, 0),
    ROW("zero", "\x00", 0, 1),
    ROW("seven bits", "\x7f", 127, 1),
    ROW("eight bits", "\x80\x01", 128, 2),
    ROW("something behind it", "\x96\x01\xff", 150, 2),
    ROW("zero in two bytes", "\x80\x00", 0, 2),
    ROW("does not end", "\x80", 0, 0),
    ROW("nine bytes, does not end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff", 0, 0),
    ROW("63 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", UINT64_MAX >> 1, 9),
    ROW("64 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", UINT64_MAX, 10),
    ROW("65 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 0, 0),
    ROW("eleven bytes", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 0, 0),
};

START_TEST(test_varint_take)
{
    const uint8_t *at = rows[_i].data;
    uint64_t value = 77;
    bool taken = lq_wire_varint_take(&at, rows[_i].data + rows[_i].bytes, &value);

    ck_assert_msg(taken == (rows[_i].used > 0), "%s", rows[_i].name);
    ck_assert_msg(at == rows[_i].data + rows[_i].used, "%s: where it ends", rows[_i].name);
    ck_assert_msg(value == (taken ? rows[_i].value : 77), "%s: value", rows[_i].name);
}
END_TEST

/* What is written is read, and each byte less is not enough. */
START_TEST(test_varint_of_each_length)
{
    uint32_t written = UINT32_MAX >> _i;
    uint8_t bytes[5];
    const uint8_t *end = lq_wire_out_put_varint(bytes, written);
    const uint8_t *at = bytes;
    uint64_t value;

    ck_assert(lq_wire_varint_take(&at, end, &value));
    ck_assert_ptr_eq(at, end);
    ck_assert_uint_eq(value, written);
    for (const uint8_t *sooner = bytes; sooner < end; sooner++) {
        at = bytes;
        ck_assert(!lq_wire_varint_take(&at, sooner, &value));
    }
}
END_TEST

TCase *lq_test_wire_varint(void)
{
    TCase *tc = tcase_create("wire_varint");

    tcase_add_loop_test(tc, test_varint_take, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tc, test_varint_of_each_length, 0, 32);
    return tc;
}

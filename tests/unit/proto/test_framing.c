// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/framing.h"

#include "tests/unit/proto/proto_cases.h"

static uint8_t large[LQ_HEADER_BYTES_MAX + 1] = {'L', 'Q', LQ_WIRE_VERSION, LQ_MESSAGE_READY};

#define ROW(name, bytes, result)                                                                   \
    {                                                                                              \
        name, (const uint8_t *)(bytes), sizeof(bytes) - 1, result                                  \
    }

static const struct {
    const char *name;
    const uint8_t *data;
    size_t bytes;
    enum lq_result result;
} rows[] = {
    ROW("a kind and no message", "LQ\x02\x01", LQ_OK),
    ROW("a message behind", "LQ\x02\x32xyz", LQ_OK),
    ROW("empty", "", LQ_ERR_MALFORMED),
    ROW("three bytes", "LQ\x02", LQ_ERR_MALFORMED),
    ROW("another magic", "LX\x01\x01", LQ_ERR_MALFORMED),
    ROW("another version", "LQ\x03\x01", LQ_ERR_VERSION),
    ROW("kind zero", "LQ\x02\x00", LQ_ERR_MALFORMED),
    ROW("a kind between the blocks", "LQ\x02\x07", LQ_ERR_MALFORMED),
    ROW("a kind above all", "LQ\x02\x34", LQ_ERR_MALFORMED),
    {"as long as may be", large, LQ_HEADER_BYTES_MAX, LQ_OK},
    {"a byte too long", large, LQ_HEADER_BYTES_MAX + 1, LQ_ERR_LIMIT},
};

START_TEST(test_framing_get)
{
    enum lq_message_kind kind = LQ_MESSAGE_FRAME;
    struct lq_view message = {NULL, 0};
    struct lq_view part = lq_view_of(rows[_i].data, rows[_i].bytes);
    enum lq_result result = lq_framing_get(part, &kind, &message);

    ck_assert_msg(result == rows[_i].result, "%s: result %d", rows[_i].name, (int)result);
    if (result == LQ_OK) {
        ck_assert_int_eq(kind, part.data[3]);
        ck_assert_uint_eq(message.bytes, part.bytes - LQ_FRAMING_BYTES);
        ck_assert_ptr_eq(message.data, part.data + LQ_FRAMING_BYTES);
    }
}
END_TEST

/* Every kind of the header passes, and none but those. */
START_TEST(test_framing_kinds)
{
    unsigned known = 0;

    for (unsigned kind = 0; kind < 256; kind++) {
        uint8_t part[LQ_FRAMING_BYTES];
        enum lq_message_kind found;
        struct lq_view message;
        lq_framing_put(part, (enum lq_message_kind)kind);
        known += lq_framing_get(lq_view_of(part, sizeof part), &found, &message) == LQ_OK;
    }
    ck_assert_uint_eq(known, 17);
}
END_TEST

TCase *lq_test_framing(void)
{
    TCase *tc = tcase_create("framing");

    tcase_add_loop_test(tc, test_framing_get, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_framing_kinds);
    return tc;
}

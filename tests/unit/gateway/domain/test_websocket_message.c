// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/websocket_message.h"
#include "tests/support/suite.h"

TCase *lq_test_websocket_message(void);

static uint8_t buffer[LQ_WEBSOCKET_MESSAGE_BYTES_MAX + 4096];
static struct lq_websocket_message message;

#define FRAME(op, last, bytes)                                                                     \
    {                                                                                              \
        .fin = (last), .masked = true, .opcode = (op), .payload_bytes = (bytes)                    \
    }

/* A whole frame, in pieces of `step` bytes. */
static uint16_t take(struct lq_websocket_frame frame, const char *payload, size_t step,
                     struct lq_websocket_event *event)
{
    size_t bytes = (size_t)frame.payload_bytes;
    size_t done = 0;
    uint16_t code;

    do {
        size_t piece = bytes - done < step ? bytes - done : step;
        code = lq_websocket_message_take(&message, &frame, lq_view_of(payload + done, piece),
                                         buffer, event);
        done += piece;
        if (event->opcode != 0 && done != bytes) {
            ck_abort_msg("an event before the end of the frame");
        }
    } while (code == 0 && done < bytes);
    return code;
}

/* Frames, a letter each: T, B text or binary, C continuation, P ping, O pong, X close; a small
 * letter has no fin. The outcome: the close code, or 0 and the opcode of the last event. */
static const struct {
    const char *frames;
    uint16_t code;
    uint8_t opcode;
} sequences[] = {
    {"T", 0, LQ_WEBSOCKET_TEXT},
    {"B", 0, LQ_WEBSOCKET_BINARY},
    {"tC", 0, LQ_WEBSOCKET_TEXT},
    {"bccC", 0, LQ_WEBSOCKET_BINARY},
    {"tPcOC", 0, LQ_WEBSOCKET_TEXT},
    {"P", 0, LQ_WEBSOCKET_PING},
    {"O", 0, LQ_WEBSOCKET_PONG},
    {"TTT", 0, LQ_WEBSOCKET_TEXT},
    {"tPC", 0, LQ_WEBSOCKET_TEXT},
    {"t", 0, 0},
    {"C", 1002, 0},
    {"c", 1002, 0},
    {"tT", 1002, 0},
    {"tB", 1002, 0},
    {"TC", 1002, 0},
    {"tCC", 1002, 0},
    {"p", 1002, 0},
    {"x", 1002, 0},
    {"tp", 1002, 0},
};

START_TEST(test_sequence)
{
    struct lq_websocket_event event = {0};
    uint16_t code = 0;

    lq_websocket_message_begin(&message);
    for (const char *at = sequences[_i].frames; *at != '\0' && code == 0; at++) {
        char letter = (char)(*at & ~0x20);
        struct lq_websocket_frame frame = FRAME(0, letter == *at, 4);
        frame.opcode = letter == 'T'   ? LQ_WEBSOCKET_TEXT
                       : letter == 'B' ? LQ_WEBSOCKET_BINARY
                       : letter == 'C' ? LQ_WEBSOCKET_CONTINUATION
                       : letter == 'P' ? LQ_WEBSOCKET_PING
                       : letter == 'O' ? LQ_WEBSOCKET_PONG
                                       : LQ_WEBSOCKET_CLOSE;
        code = take(frame, "abcd", 3, &event);
        if (event.opcode == LQ_WEBSOCKET_TEXT || event.opcode == LQ_WEBSOCKET_BINARY) {
            ck_assert_uint_eq(message.bytes % 4, 0);
            ck_assert_mem_eq(buffer, "abcd", 4);
            lq_websocket_message_begin(&message);
        }
    }
    ck_assert_msg(code == sequences[_i].code, "%s: %u", sequences[_i].frames, code);
    ck_assert(code != 0 || event.opcode == sequences[_i].opcode);
}
END_TEST

START_TEST(test_heads)
{
    struct lq_websocket_event event;

    for (uint8_t reserved = 1; reserved < 8; reserved++) {
        struct lq_websocket_frame frame = FRAME(LQ_WEBSOCKET_TEXT, true, 0);
        lq_websocket_message_begin(&message);
        frame.reserved = reserved;
        ck_assert_uint_eq(take(frame, "", 1, &event), LQ_WEBSOCKET_PROTOCOL);
    }
    for (uint8_t opcode = 0; opcode < 16; opcode++) {
        struct lq_websocket_frame frame = FRAME(opcode, true, 0);
        bool known = opcode == 1 || opcode == 2 || (opcode >= 8 && opcode <= 10);
        lq_websocket_message_begin(&message);
        ck_assert_uint_eq(take(frame, "", 1, &event), known ? 0 : LQ_WEBSOCKET_PROTOCOL);
    }
    struct lq_websocket_frame unmasked = FRAME(LQ_WEBSOCKET_TEXT, true, 0);
    lq_websocket_message_begin(&message);
    unmasked.masked = false;
    ck_assert_uint_eq(take(unmasked, "", 1, &event), LQ_WEBSOCKET_PROTOCOL);
}
END_TEST

START_TEST(test_bounds)
{
    static char payload[LQ_WEBSOCKET_MESSAGE_BYTES_MAX + 1];
    struct lq_websocket_event event;
    struct lq_websocket_frame largest =
        FRAME(LQ_WEBSOCKET_BINARY, true, LQ_WEBSOCKET_MESSAGE_BYTES_MAX);
    struct lq_websocket_frame first =
        FRAME(LQ_WEBSOCKET_BINARY, false, LQ_WEBSOCKET_MESSAGE_BYTES_MAX);
    struct lq_websocket_frame rest = FRAME(LQ_WEBSOCKET_CONTINUATION, true, 1);

    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(largest, payload, 4096, &event), 0);
    ck_assert_uint_eq(event.opcode, LQ_WEBSOCKET_BINARY);
    ck_assert_uint_eq(message.bytes, LQ_WEBSOCKET_MESSAGE_BYTES_MAX);

    lq_websocket_message_begin(&message);
    largest.payload_bytes++;
    ck_assert_uint_eq(take(largest, payload, 1, &event), LQ_WEBSOCKET_TOO_BIG);
    largest.payload_bytes = INT64_MAX;
    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(
        lq_websocket_message_take(&message, &largest, lq_view_of(payload, 1), buffer, &event),
        LQ_WEBSOCKET_TOO_BIG);

    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(first, payload, 4096, &event), 0);
    ck_assert_uint_eq(take(rest, payload, 1, &event), LQ_WEBSOCKET_TOO_BIG);

    struct lq_websocket_frame ping = FRAME(LQ_WEBSOCKET_PING, true, 126);
    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(ping, payload, 126, &event), LQ_WEBSOCKET_PROTOCOL);
    ping.payload_bytes = 125;
    ck_assert_uint_eq(take(ping, payload, 1, &event), 0);
    ck_assert_uint_eq(event.payload.bytes, 125);
}
END_TEST

START_TEST(test_fragments)
{
    struct lq_websocket_event event;
    struct lq_websocket_frame first = FRAME(LQ_WEBSOCKET_TEXT, false, 1);
    struct lq_websocket_frame more = FRAME(LQ_WEBSOCKET_CONTINUATION, false, 0);

    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(first, "a", 1, &event), 0);
    for (uint32_t count = 2; count <= LQ_WEBSOCKET_FRAGMENTS_MAX; count++) {
        ck_assert_uint_eq(take(more, "", 1, &event), 0);
    }
    ck_assert_uint_eq(take(more, "", 1, &event), LQ_WEBSOCKET_TOO_BIG);
}
END_TEST

/* A character may lie in two frames, half a one not at the end; and the first wrong byte ends it.
 * */
START_TEST(test_text)
{
    struct lq_websocket_event event;
    struct lq_websocket_frame whole = FRAME(LQ_WEBSOCKET_TEXT, true, 3);
    struct lq_websocket_frame first = FRAME(LQ_WEBSOCKET_TEXT, false, 2);
    struct lq_websocket_frame last = FRAME(LQ_WEBSOCKET_CONTINUATION, true, 1);

    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(whole, "\xe2\x82\xac", 1, &event), 0);
    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(first, "\xe2\x82", 1, &event), 0);
    ck_assert_uint_eq(take(last, "\xac", 1, &event), 0);
    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(whole, "a\xe2\x82", 3, &event), LQ_WEBSOCKET_NO_UTF8);
    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(
        lq_websocket_message_take(&message, &whole, lq_view_of("\xff", 1), buffer, &event),
        LQ_WEBSOCKET_NO_UTF8);
    whole.opcode = LQ_WEBSOCKET_BINARY;
    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(whole, "a\xe2\x82", 3, &event), 0);
}
END_TEST

static const struct {
    const char *payload;
    size_t bytes;
    uint16_t code, close_code; /* code 0: taken, as close_code */
} closes[] = {
    {"", 0, 0, LQ_WEBSOCKET_NO_CODE},
    {"\x03", 1, LQ_WEBSOCKET_PROTOCOL, 0},
    {"\x03\xe8", 2, 0, 1000},
    {"\x03\xe8"
     "bye",
     5, 0, 1000},
    {"\x03\xe8\xff", 3, LQ_WEBSOCKET_NO_UTF8, 0},
    {"\x03\xe8\xe2\x82", 4, LQ_WEBSOCKET_NO_UTF8, 0},
    {"\x0f\xa0", 2, 0, 4000},
    {"\x13\x87", 2, 0, 4999},
    {"\x13\x88", 2, LQ_WEBSOCKET_PROTOCOL, 0}, /* 5000 */
    {"\x03\xe7", 2, LQ_WEBSOCKET_PROTOCOL, 0}, /* 999 */
    {"\x03\xec", 2, LQ_WEBSOCKET_PROTOCOL, 0}, /* 1004 */
    {"\x03\xed", 2, LQ_WEBSOCKET_PROTOCOL, 0}, /* 1005: never on the wire */
    {"\x03\xee", 2, LQ_WEBSOCKET_PROTOCOL, 0}, /* 1006 */
    {"\x03\xf7", 2, LQ_WEBSOCKET_PROTOCOL, 0}, /* 1015 */
    {"\x07\xd0", 2, LQ_WEBSOCKET_PROTOCOL, 0}, /* 2000 */
    {"\x00\x00", 2, LQ_WEBSOCKET_PROTOCOL, 0},
};

START_TEST(test_close)
{
    struct lq_websocket_event event;
    struct lq_websocket_frame frame = FRAME(LQ_WEBSOCKET_CLOSE, true, closes[_i].bytes);

    lq_websocket_message_begin(&message);
    ck_assert_uint_eq(take(frame, closes[_i].payload, 1, &event), closes[_i].code);
    if (closes[_i].code == 0) {
        ck_assert_uint_eq(event.opcode, LQ_WEBSOCKET_CLOSE);
        ck_assert_uint_eq(event.close_code, closes[_i].close_code);
    }
}
END_TEST

TCase *lq_test_websocket_message(void)
{
    TCase *tcase = tcase_create("websocket_message");

    tcase_add_loop_test(tcase, test_sequence, 0, sizeof sequences / sizeof sequences[0]);
    tcase_add_test(tcase, test_heads);
    tcase_add_test(tcase, test_bounds);
    tcase_add_test(tcase, test_fragments);
    tcase_add_test(tcase, test_text);
    tcase_add_loop_test(tcase, test_close, 0, sizeof closes / sizeof closes[0]);
    return tcase;
}

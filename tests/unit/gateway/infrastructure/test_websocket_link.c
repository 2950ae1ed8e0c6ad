// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/websocket_link.h"
#include "tests/support/suite.h"

TCase *lq_test_websocket_link(void);

static uint8_t scratch[LQ_WEBSOCKET_LINK_SCRATCH_BYTES];

/* What a client sends, given out in pieces; then there is none, or the end. */
struct wire {
    uint8_t bytes[300000];
    size_t count, at, piece;
    bool ends;
};
static struct wire wire;

static long read_wire(void *context, uint8_t *to, size_t bytes_max)
{
    struct wire *from = context;
    size_t bytes = from->count - from->at;

    bytes = bytes < from->piece ? bytes : from->piece;
    bytes = bytes < bytes_max ? bytes : bytes_max;
    if (bytes == 0) {
        return from->ends ? -1 : 0;
    }
    memcpy(to, from->bytes + from->at, bytes);
    from->at += bytes;
    return (long)bytes;
}

static void add_frame(uint8_t head, const char *payload, size_t bytes)
{
    static const uint8_t mask[4] = {1, 2, 3, 0xf4};
    uint8_t *to = wire.bytes + wire.count;

    *to++ = head;
    if (bytes < 126) {
        *to++ = (uint8_t)(0x80 | bytes);
    } else {
        *to++ = bytes < 65536 ? 0xfe : 0xff;
        for (int shift = bytes < 65536 ? 8 : 56; shift >= 0; shift -= 8) {
            *to++ = (uint8_t)((uint64_t)bytes >> shift);
        }
    }
    memcpy(to, mask, 4);
    to += 4;
    for (size_t index = 0; index < bytes; index++) {
        *to++ = (uint8_t)payload[index] ^ mask[index % 4];
    }
    wire.count = (size_t)(to - wire.bytes);
}

static const size_t pieces[] = {1, 2, 3, 5, 1000, 100000};

/* A large message in three frames with a ping between them, small ones before and behind. */
START_TEST(test_pieces)
{
    static char large[60000];
    lq_websocket_link_t *link = lq_websocket_link_new(read_wire, &wire);
    struct lq_websocket_event event;
    uint16_t code = 0;
    uint32_t seen = 0;

    memset(large, 'l', sizeof large);
    wire = (struct wire){.piece = pieces[_i]};
    add_frame(0x81, "first", 5);
    add_frame(0x01, large, 20000);
    add_frame(0x89, "ping", 4);
    add_frame(0x00, large, 39999);
    add_frame(0x80, "l", 1);
    add_frame(0x81, "", 0);
    add_frame(0x88, "\x03\xe8", 2);
    for (int call = 0; call < 200000 && seen < 5; call++) {
        enum lq_websocket_progress progress = lq_websocket_link_read(link, scratch, &event, &code);
        if (progress == LQ_WEBSOCKET_AGAIN) {
            continue;
        }
        ck_assert_int_eq(progress, LQ_WEBSOCKET_EVENT);
        static const uint8_t opcodes[] = {1, 9, 1, 1, 8};
        static const size_t bytes[] = {5, 4, 60000, 0, 0};
        ck_assert_uint_eq(event.opcode, opcodes[seen]);
        ck_assert_uint_eq(event.payload.bytes, bytes[seen]);
        ck_assert(seen != 2 || memcmp(event.payload.data, large, sizeof large) == 0);
        seen++;
    }
    ck_assert_uint_eq(seen, 5);
    ck_assert_uint_eq(event.close_code, 1000);
    wire.ends = true;
    ck_assert_int_eq(lq_websocket_link_read(link, scratch, &event, &code), LQ_WEBSOCKET_ENDED);
    lq_websocket_link_destroy(&link);
}
END_TEST

START_TEST(test_lengths)
{
    /* A length in more bytes than it needs; an unmasked frame; one beyond all numbers. */
    static const struct {
        const char *bytes;
        size_t count;
        uint16_t code;
    } rows[] = {
        {"\x81\xfe\x00\x05", 4, 1002},
        {"\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff", 10, 1002},
        {"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10, 1002},
        {"\x81\x01x", 3, 1002},
        {"\x89\xfe\x00\x7e", 4, 1002},
        {"\xc1\x81\x00\x00\x00\x00x", 7, 1002},
        {"\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00x", 15, 1009},
    };

    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        lq_websocket_link_t *link = lq_websocket_link_new(read_wire, &wire);
        struct lq_websocket_event event;
        uint16_t code = 0;
        wire = (struct wire){.piece = 100, .count = rows[index].count};
        memcpy(wire.bytes, rows[index].bytes, rows[index].count);
        ck_assert_int_eq(lq_websocket_link_read(link, scratch, &event, &code), LQ_WEBSOCKET_FAILED);
        ck_assert_uint_eq(code, rows[index].code);
        lq_websocket_link_destroy(&link);
    }
}
END_TEST

START_TEST(test_write)
{
    static const size_t sizes[] = {0, 1, 125, 126, 65535, 65536, 100000};
    static const size_t heads[] = {2, 2, 2, 4, 4, 10, 10};
    static uint8_t payload[100000];
    lq_websocket_link_t *link = lq_websocket_link_new(read_wire, &wire);
    struct lq_output_queue queue = {.memory = NULL};

    for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
        lq_websocket_link_write(link, &queue, LQ_WEBSOCKET_TEXT, lq_view_of(payload, sizes[index]));
        struct lq_view waiting = lq_output_queue_view(&queue);
        ck_assert_uint_eq(waiting.bytes, heads[index] + sizes[index]);
        ck_assert_uint_eq(waiting.data[0], 0x81);
        ck_assert_uint_eq(waiting.data[1] & 0x80, 0);
        lq_output_queue_sent(&queue, waiting.bytes);
        ck_assert_ptr_null(queue.memory);
    }
    lq_websocket_link_destroy(&link);
}
END_TEST

TCase *lq_test_websocket_link(void)
{
    TCase *tcase = tcase_create("websocket_link");

    tcase_add_loop_test(tcase, test_pieces, 0, sizeof pieces / sizeof pieces[0]);
    tcase_add_test(tcase, test_lengths);
    tcase_add_test(tcase, test_write);
    return tcase;
}

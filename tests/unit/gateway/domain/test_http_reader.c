// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/http_reader.h"
#include "tests/support/suite.h"

#include <stdio.h>

TCase *lq_test_http_reader(void);

#define LINE "GET /v1/connect HTTP/1.1\r\n"
#define HOST "Host: localhost\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UPGRADE                                                                                    \
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
#define END "\r\n"

/* status 0: taken. */
static const struct {
    const char *name, *text;
    uint16_t status;
} rows[] = {
    {"a path", LINE HOST END, 0},
    {"an upgrade", LINE HOST UPGRADE KEY END, 0},
    {"names and tokens in any case",
     LINE "hOST: localhost\r\nuPGRADE: WebSocket\r\nconnection: upGrade\r\nSEC-WEBSOCKET-VERSION: "
          "13\r\n" KEY END,
     0},
    {"a header that nobody knows, in UTF-8", LINE HOST "X-Name: \xc3\xa9\t!\r\n" END, 0},
    {"a header without a value", LINE HOST "X-Empty:\r\n" END, 0},
    {"a query", "GET /play?ticket=abc&x=1 HTTP/1.1\r\n" HOST END, 0},
    {"a body", "POST /v1/ticket HTTP/1.1\r\n" HOST "Content-Length: 2\r\n" END "{}", 0},
    {"no body", "POST /v1/ticket HTTP/1.1\r\n" HOST "Content-Length: 0\r\n" END, 0},

    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"HTTP/1.0", "GET / HTTP/1.0\r\n" HOST END, 505},
    {"HTTP/0.9", "GET /\r\n", 400},
    {"another version", "GET / HTTP/1.2\r\n" HOST END, 400},
    {"a version in small letters", "GET / http/1.1\r\n" HOST END, 400},
    {"an empty line first", "\r\n" LINE HOST END, 400},
    {"two blanks", "GET  / HTTP/1.1\r\n" HOST END, 400},
    {"a blank behind", "GET / HTTP/1.1 \r\n" HOST END, 400},
    {"another method", "PUT / HTTP/1.1\r\n" HOST END, 405},
    {"a method in small letters", "get / HTTP/1.1\r\n" HOST END, 405},
    {"a whole URL", "GET http://localhost/ HTTP/1.1\r\n" HOST END, 400},
    {"an authority", "GET localhost:80 HTTP/1.1\r\n" HOST END, 400},
    {"a star", "GET * HTTP/1.1\r\n" HOST END, 400},
    {"a fragment", "GET /a#b HTTP/1.1\r\n" HOST END, 400},
    {"a path that is not ASCII", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST END, 400},

    {"a line feed alone", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
    {"a line feed alone, in the headers", LINE "Host: localhost\nX: y\r\n" END, 400},
    {"a carriage return alone", LINE "Host: local\rhost\r\n" END, 400},
    {"two carriage returns", LINE "Host: localhost\r\r\n" END, 400},
    {"a folded header", LINE HOST "X: a\r\n b\r\n" END, 400},
    {"a folded header, by a tab", LINE HOST "X: a\r\n\tb\r\n" END, 400},
    {"a blank before the colon", LINE "Host : localhost\r\n" END, 400},
    {"a blank before the name", LINE " Host: localhost\r\n" END, 400},
    {"a header without a colon", LINE HOST "nothing\r\n" END, 400},
    {"a header without a name", LINE HOST ": nothing\r\n" END, 400},
    {"a delete in a value", LINE HOST "X: \x7f\r\n" END, 400},
    {"a bell in a value", LINE HOST "X: \x07\r\n" END, 400},

    {"no Host", LINE END, 400},
    {"an empty Host", LINE "Host: \r\n" END, 400},
    {"two Hosts", LINE HOST HOST END, 400},
    {"two Hosts, the other first", LINE "Host: evil\r\n" HOST END, 400},
    {"two lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n" END "x",
     400},
    {"a list of lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n" END "x", 400},
    {"a length with a sign", "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n" END "x", 400},
    {"a length in hex", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n" END "x", 400},
    {"no length in it", "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n" END, 400},
    {"a length beyond numbers",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n" END, 413},
    {"a body that is too long", "POST / HTTP/1.1\r\n" HOST "Content-Length: 2049\r\n" END, 413},
    {"no length", "POST / HTTP/1.1\r\n" HOST END, 411},
    {"a GET with a body", LINE HOST "Content-Length: 1\r\n" END "x", 400},
    {"chunks", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n", 501},
    {"chunks and a length",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END
     "0\r\n\r\n",
     400},
    {"chunks twice",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n" END, 400},
    {"Expect", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: 100-continue\r\n" END "x",
     417},

    {"h2c", "GET / HTTP/1.1\r\n" HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n" END, 400},
    {"h2c and its settings",
     "GET / HTTP/1.1\r\n" HOST
     "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n" END,
     400},
    {"h2c and WebSocket", LINE HOST "Upgrade: h2c, websocket\r\nConnection: Upgrade\r\n" KEY END,
     400},
    {"an upgrade without Connection", LINE HOST "Upgrade: websocket\r\n" KEY END, 400},
    {"an upgrade by POST", "POST / HTTP/1.1\r\n" HOST UPGRADE KEY "Content-Length: 0\r\n" END, 400},
    {"an upgrade of version 8",
     LINE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n" KEY END,
     426},
    {"an upgrade without a version",
     LINE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY END, 426},
    {"an upgrade without a key", LINE HOST UPGRADE END, 400},
    {"a key that is too short", LINE HOST UPGRADE "Sec-WebSocket-Key: dGhl\r\n" END, 400},
    {"a key of other signs",
     LINE HOST UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n" END, 400},
    {"a key without an upgrade", LINE HOST KEY END, 400},
    {"two keys", LINE HOST UPGRADE KEY KEY END, 400},
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

/* In pieces of `step` bytes; the status, 0 when it was taken, 1 when more is wanted. */
static uint16_t read_text(const char *text, size_t bytes, size_t step,
                          struct lq_http_reader *reader, size_t *used)
{
    lq_http_reader_begin(reader);
    *used = 0;
    for (size_t arrived = step < bytes ? step : bytes;; arrived += step) {
        arrived = arrived < bytes ? arrived : bytes;
        enum lq_result result = lq_http_reader_read(reader, lq_view_of(text, arrived), used);
        if (result != LQ_ERR_NOT_FOUND) {
            return result == LQ_OK ? 0 : reader->status;
        }
        if (arrived == bytes) {
            return 1;
        }
    }
}

START_TEST(test_rows)
{
    static const size_t steps[] = {1, 2, 3, 7, 100, 10000};
    size_t bytes = strlen(rows[_i].text);

    for (size_t index = 0; index < sizeof steps / sizeof steps[0]; index++) {
        struct lq_http_reader reader;
        size_t used = 0;
        uint16_t status = read_text(rows[_i].text, bytes, steps[index], &reader, &used);
        ck_assert_msg(status == rows[_i].status, "%s, %zu bytes at once: %u, not %u (%s)",
                      rows[_i].name, steps[index], status, rows[_i].status,
                      reader.wrong == NULL ? "taken" : reader.wrong);
        ck_assert_msg(status != 0 || used == bytes, "%s: used %zu", rows[_i].name, used);
    }
}
END_TEST

/* Whatever is cut off at the end, it waits for the rest. */
START_TEST(test_every_beginning_waits)
{
    size_t bytes = strlen(rows[_i].text);

    if (rows[_i].status != 0) {
        return;
    }
    for (size_t cut = 1; cut < bytes; cut++) {
        struct lq_http_reader reader;
        size_t used = 0;
        ck_assert_uint_eq(read_text(rows[_i].text, cut, cut, &reader, &used), 1);
    }
}
END_TEST

START_TEST(test_parts)
{
    static const char text[] = "GET /v1/connect?ticket=t HTTP/1.1\r\nHost: \t play.example:80 \r\n"
                               "Authorization: Bearer a.b.c\r\nOrigin: https://play.example\r\n"
                               "Sec-WebSocket-Protocol: a, b\r\n" UPGRADE KEY END "more";
    struct lq_http_reader reader;
    const struct lq_http_request *request = &reader.request;
    size_t used = 0;

    ck_assert_uint_eq(read_text(text, sizeof text - 1, 1, &reader, &used), 0);
    ck_assert_uint_eq(used, sizeof text - 1 - 4);
    ck_assert_int_eq(request->method, LQ_HTTP_GET);
    ck_assert(lq_view_equal(request->path, lq_view_text("/v1/connect")));
    ck_assert(lq_view_equal(request->query, lq_view_text("ticket=t")));
    ck_assert(lq_view_equal(request->host, lq_view_text("play.example:80")));
    ck_assert(lq_view_equal(request->authorization, lq_view_text("Bearer a.b.c")));
    ck_assert(lq_view_equal(request->origin, lq_view_text("https://play.example")));
    ck_assert(lq_view_equal(request->websocket_protocol, lq_view_text("a, b")));
    ck_assert(request->is_upgrade);
    ck_assert_ptr_null(request->content_length.data);
    ck_assert_uint_eq(request->body.bytes, 0);
}
END_TEST

static size_t write_headers(char *to, size_t bytes_max, size_t count)
{
    size_t used = (size_t)snprintf(to, bytes_max, LINE HOST);

    for (size_t index = 1; index < count; index++) {
        used += (size_t)snprintf(to + used, bytes_max - used, "X-%zu: 1\r\n", index);
    }
    return used + (size_t)snprintf(to + used, bytes_max - used, END);
}

START_TEST(test_bounds)
{
    static char text[2 * LQ_HTTP_REQUEST_BYTES_MAX];
    struct lq_http_reader reader;
    size_t used = 0;

    size_t bytes = write_headers(text, sizeof text, LQ_HTTP_HEADERS_MAX);
    ck_assert_uint_eq(read_text(text, bytes, 100, &reader, &used), 0);
    bytes = write_headers(text, sizeof text, LQ_HTTP_HEADERS_MAX + 1);
    ck_assert_uint_eq(read_text(text, bytes, 100, &reader, &used), 431);

    /* A header that never ends, and a target. */
    bytes = (size_t)snprintf(text, sizeof text, LINE "X: ");
    memset(text + bytes, 'x', sizeof text - bytes);
    ck_assert_uint_eq(read_text(text, LQ_HTTP_REQUEST_BYTES_MAX - 1, 1, &reader, &used), 1);
    ck_assert_uint_eq(read_text(text, LQ_HTTP_REQUEST_BYTES_MAX, 1, &reader, &used), 431);
    memset(text, '/', sizeof text);
    memcpy(text, "GET ", 4);
    ck_assert_uint_eq(read_text(text, LQ_HTTP_REQUEST_BYTES_MAX, 1000, &reader, &used), 414);

    memcpy(text + 4 + LQ_HTTP_TARGET_BYTES_MAX, " HTTP/1.1\r\n" HOST END, 30);
    bytes = 4 + LQ_HTTP_TARGET_BYTES_MAX + 11 + sizeof HOST - 1 + 2;
    ck_assert_uint_eq(read_text(text, bytes, 1000, &reader, &used), 0);
    memmove(text + 5, text + 4, bytes);
    ck_assert_uint_eq(read_text(text, bytes + 1, 1000, &reader, &used), 414);
}
END_TEST

/* A zero byte anywhere is refused, and no byte at all makes two requests of one. */
START_TEST(test_every_byte_exchanged)
{
    static const char text[] = LINE HOST UPGRADE KEY END;
    char changed[sizeof text];

    for (size_t at = 0; at < sizeof text - 1; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            struct lq_http_reader reader;
            size_t used = 0;
            memcpy(changed, text, sizeof text);
            changed[at] = (char)byte;
            uint16_t status = read_text(changed, sizeof text - 1, 10000, &reader, &used);
            bool breaks = (byte == 0 || byte == '\n') && changed[at] != text[at];
            if ((breaks && status < 400) || (status == 0 && used != sizeof text - 1)) {
                ck_abort_msg("byte %zu as %u: status %u, used %zu", at, byte, status, used);
            }
        }
    }
}
END_TEST

TCase *lq_test_http_reader(void)
{
    TCase *tcase = tcase_create("http_reader");

    tcase_add_loop_test(tcase, test_rows, 0, ROW_COUNT);
    tcase_add_loop_test(tcase, test_every_beginning_waits, 0, ROW_COUNT);
    tcase_add_test(tcase, test_parts);
    tcase_add_test(tcase, test_bounds);
    tcase_add_test(tcase, test_every_byte_exchanged);
    return tcase;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/http_reader.h"

#define NAMED(text) lq_view_of((text), sizeof(text) - 1)

static bool is_token_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') ||
           (byte != '\0' && strchr("!#$%&'*+-.^_`|~", (char)byte) != NULL);
}

static enum lq_result refuse(struct lq_http_reader *reader, uint16_t status, const char *wrong)
{
    reader->status = status;
    reader->wrong = wrong;
    return LQ_ERR_MALFORMED;
}

void lq_http_reader_begin(struct lq_http_reader *reader)
{
    *reader = (struct lq_http_reader){.status = 0};
}

/* A path and a query, of visible ASCII. */
static enum lq_result read_target(struct lq_http_reader *reader, struct lq_view target)
{
    struct lq_http_request *request = &reader->request;

    if (target.bytes > LQ_HTTP_TARGET_BYTES_MAX) {
        return refuse(reader, 414, "the target is too long");
    }
    if (target.bytes == 0 || target.data[0] != '/') {
        return refuse(reader, 400, "the target is no path");
    }
    for (size_t index = 0; index < target.bytes; index++) {
        uint8_t byte = target.data[index];
        if (byte <= ' ' || byte >= 0x7f || byte == '#') {
            return refuse(reader, 400, "the target has a byte that none may have");
        }
    }
    request->query = target;
    if (!lq_http_request_cut(&request->query, '?', &request->path)) {
        request->path = target;
        request->query = lq_view_of(NULL, 0);
    }
    return LQ_OK;
}

static enum lq_result read_request_line(struct lq_http_reader *reader, struct lq_view line)
{
    struct lq_view method;
    struct lq_view target;

    if (!lq_http_request_cut(&line, ' ', &method) || !lq_http_request_cut(&line, ' ', &target)) {
        return refuse(reader, 400, "no request line");
    }
    if (lq_view_equal(line, NAMED("HTTP/2.0")) || lq_view_equal(line, NAMED("HTTP/1.0"))) {
        return refuse(reader, 505, "HTTP/1.1 only");
    }
    if (!lq_view_equal(line, NAMED("HTTP/1.1"))) {
        return refuse(reader, 400, "no request line");
    }
    if (lq_view_equal(method, NAMED("GET"))) {
        reader->request.method = LQ_HTTP_GET;
    } else if (lq_view_equal(method, NAMED("POST"))) {
        reader->request.method = LQ_HTTP_POST;
    } else {
        return refuse(reader, 405, "the method is not served");
    }
    reader->has_request_line = true;
    return read_target(reader, target);
}

static struct lq_view *find_field(struct lq_http_request *request, struct lq_view name)
{
#define X(text, field)                                                                             \
    if (lq_http_request_words_equal(name, NAMED(text))) {                                          \
        return &request->field;                                                                    \
    }
    LQ_HTTP_HEADERS(X)
#undef X
    return NULL;
}

static enum lq_result read_header(struct lq_http_reader *reader, struct lq_view line)
{
    struct lq_view name;

    if (line.data[0] == ' ' || line.data[0] == '\t') {
        return refuse(reader, 400, "a folded header");
    }
    if (!lq_http_request_cut(&line, ':', &name) || name.bytes == 0) {
        return refuse(reader, 400, "a header without a name");
    }
    for (size_t index = 0; index < name.bytes; index++) {
        if (!is_token_byte(name.data[index])) {
            return refuse(reader, 400, "a header's name has a byte that none may have");
        }
    }
    reader->header_count++;
    if (reader->header_count > LQ_HTTP_HEADERS_MAX) {
        return refuse(reader, 431, "too many headers");
    }
    struct lq_view *field = find_field(&reader->request, name);
    if (field == NULL) {
        return LQ_OK;
    }
    if (field->data != NULL) {
        return refuse(reader, 400, "a header comes twice");
    }
    *field = lq_http_request_trim(line);
    return LQ_OK;
}

/* The body's length: digits alone, so that no two readers take it for different numbers. */
static enum lq_result read_length(struct lq_http_reader *reader)
{
    struct lq_view text = reader->request.content_length;
    size_t bytes = 0;

    if (text.data == NULL) {
        return reader->request.method == LQ_HTTP_POST
                   ? refuse(reader, 411, "a POST without Content-Length")
                   : LQ_OK;
    }
    if (text.bytes == 0) {
        return refuse(reader, 400, "Content-Length is no number");
    }
    for (size_t index = 0; index < text.bytes; index++) {
        if (text.data[index] < '0' || text.data[index] > '9') {
            return refuse(reader, 400, "Content-Length is no number");
        }
        bytes = bytes * 10 + (size_t)(text.data[index] - '0');
        if (bytes > LQ_HTTP_BODY_BYTES_MAX) {
            return refuse(reader, 413, "the body is too long");
        }
    }
    if (bytes > 0 && reader->request.method == LQ_HTTP_GET) {
        return refuse(reader, 400, "a GET with a body");
    }
    reader->body_bytes = bytes;
    return LQ_OK;
}

/* 22 digits of base64 for 16 bytes, the last with 4 bits that are not used, and two signs. */
static bool is_websocket_key(struct lq_view key)
{
    if (key.bytes != 24 || key.data[22] != '=' || key.data[23] != '=') {
        return false;
    }
    for (size_t index = 0; index < 22; index++) {
        uint8_t byte = key.data[index];
        if (!(byte >= '0' && byte <= '9') && !(byte >= 'A' && byte <= 'Z') &&
            !(byte >= 'a' && byte <= 'z') && byte != '+' && byte != '/') {
            return false;
        }
    }
    return true;
}

static enum lq_result read_upgrade(struct lq_http_reader *reader)
{
    struct lq_http_request *request = &reader->request;

    if (request->upgrade.data == NULL) {
        return request->websocket_key.data == NULL
                   ? LQ_OK
                   : refuse(reader, 400, "a WebSocket key without an upgrade");
    }
    if (!lq_http_request_words_equal(request->upgrade, NAMED("websocket"))) {
        return refuse(reader, 400, "an upgrade to something else than WebSocket");
    }
    if (request->method != LQ_HTTP_GET ||
        !lq_http_request_has_item(request->connection, "upgrade")) {
        return refuse(reader, 400, "an upgrade that is not asked for rightly");
    }
    if (!lq_view_equal(request->websocket_version, NAMED("13"))) {
        return refuse(reader, 426, "another version of WebSocket");
    }
    if (!is_websocket_key(request->websocket_key)) {
        return refuse(reader, 400, "no WebSocket key");
    }
    request->is_upgrade = true;
    return LQ_OK;
}

static enum lq_result read_head_end(struct lq_http_reader *reader)
{
    struct lq_http_request *request = &reader->request;

    if (request->host.data == NULL || request->host.bytes == 0) {
        return refuse(reader, 400, "no Host");
    }
    if (request->transfer_encoding.data != NULL) {
        return request->content_length.data != NULL
                   ? refuse(reader, 400, "two lengths of a body")
                   : refuse(reader, 501, "Transfer-Encoding is not served");
    }
    if (request->expect.data != NULL) {
        return refuse(reader, 417, "Expect is not served");
    }
    if (request->http2_settings.data != NULL) {
        return refuse(reader, 400, "an upgrade to something else than WebSocket");
    }
    enum lq_result result = read_length(reader);
    if (result == LQ_OK) {
        result = read_upgrade(reader);
    }
    reader->has_head = result == LQ_OK;
    return result;
}

/* `line` is without its end. */
static enum lq_result read_line(struct lq_http_reader *reader, struct lq_view line)
{
    if (!reader->has_request_line) {
        return read_request_line(reader, line);
    }
    return line.bytes == 0 ? read_head_end(reader) : read_header(reader, line);
}

/* Bytes of a line before its end: visible ones, blanks, tabs, and what is not ASCII. */
static bool is_line_byte(uint8_t byte)
{
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

/* The head, byte by byte from where the last call ended: a line is read when it has ended. */
static enum lq_result read_head(struct lq_http_reader *reader, struct lq_view arrived)
{
    while (!reader->has_head && reader->scanned < arrived.bytes) {
        uint8_t byte = arrived.data[reader->scanned];
        bool after_return =
            reader->scanned > reader->line_start && arrived.data[reader->scanned - 1] == '\r';

        if (after_return != (byte == '\n')) {
            return refuse(reader, 400, "a line that does not end with CR LF");
        }
        if (byte != '\n' && byte != '\r' && !is_line_byte(byte)) {
            return refuse(reader, 400, "a control byte");
        }
        reader->scanned++;
        if (byte == '\n') {
            struct lq_view line = lq_view_of(arrived.data + reader->line_start,
                                             reader->scanned - reader->line_start - 2);
            reader->line_start = reader->scanned;
            enum lq_result result = read_line(reader, line);
            if (result != LQ_OK) {
                return result;
            }
        }
    }
    return reader->has_head ? LQ_OK : LQ_ERR_NOT_FOUND;
}

enum lq_result lq_http_reader_read(struct lq_http_reader *reader, struct lq_view arrived,
                                   size_t *used)
{
    LQ_ASSERT(reader->status == 0);
    LQ_ASSERT(reader->scanned <= arrived.bytes);
    enum lq_result result = read_head(reader, arrived);
    if (result == LQ_ERR_MALFORMED) {
        return result;
    }
    size_t needed = reader->scanned + reader->body_bytes;
    if (needed > LQ_HTTP_REQUEST_BYTES_MAX ||
        (result != LQ_OK && arrived.bytes >= LQ_HTTP_REQUEST_BYTES_MAX)) {
        return refuse(reader, reader->has_request_line ? 431 : 414, "the request is too long");
    }
    if (result != LQ_OK || arrived.bytes < needed) {
        return LQ_ERR_NOT_FOUND;
    }
    reader->request.body = lq_view_of(arrived.data + reader->scanned, reader->body_bytes);
    *used = needed;
    return LQ_OK;
}

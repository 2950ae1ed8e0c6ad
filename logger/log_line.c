// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "logger/log_line.h"

#include "base/contract.h"
#include "logger/json_object.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char own_beginning[] = "{\"time\":\"";

static bool begins_as_ours(const char *raw, size_t bytes)
{
    size_t beginning = sizeof own_beginning - 1;
    const char *time = raw + beginning;

    return bytes > beginning + 28 && memcmp(raw, own_beginning, beginning) == 0 &&
           time[10] == 'T' && time[26] == 'Z' && time[27] == '"';
}

static size_t put(char *to, const char *text, size_t bytes)
{
    memcpy(to, text, bytes);
    return bytes;
}

static size_t escape_text(char *to, const char *text, size_t bytes)
{
    size_t used = 0;

    for (size_t at = 0; at < bytes;) {
        size_t character = lq_json_object_character(text + at, bytes - at);
        if (character == 0) {
            used += put(to + used, "\\ufffd", 6);
            character = 1;
        } else if (text[at] == '"' || text[at] == '\\') {
            to[used++] = '\\';
            to[used++] = text[at];
        } else if ((unsigned char)text[at] < 0x20) {
            used += (size_t)snprintf(to + used, 7, "\\u%04x", (unsigned)text[at]);
        } else {
            used += put(to + used, text + at, character);
        }
        at += character;
    }
    return used;
}

static size_t wrap_text(const struct lq_log_origin *origin, const char *time, const char *text,
                        size_t bytes, char *to)
{
    size_t used = (size_t)snprintf(to, 512,
                                   "{\"time\":\"%.27s\",\"level\":\"%.*s\",\"program\":\"%.*s\","
                                   "\"instance\":\"%.*s\",\"message\":\"",
                                   time, LQ_LOG_LINE_NAME_BYTES_MAX, origin->level,
                                   LQ_LOG_LINE_NAME_BYTES_MAX, origin->program,
                                   LQ_LOG_LINE_NAME_BYTES_MAX, origin->instance);

    used += escape_text(to + used, text, bytes);
    return used + put(to + used, "\"}\n", 3);
}

/* Another's object: its own members follow the time, so that a reader who asks for its time finds
 * the later one, its own, where it has one. */
static size_t put_time_in_front(const char *time, const char *raw, size_t bytes, char *to)
{
    const char *brace = memchr(raw, '{', bytes);
    LQ_ASSERT(brace != NULL);
    const char *rest = brace + 1;
    size_t rest_bytes = bytes - (size_t)(rest - raw);
    bool empty = rest[strspn(rest, " \t\r")] == '}';
    size_t used = (size_t)snprintf(to, 64, "%s%.27s\"%s", own_beginning, time, empty ? "" : ",");

    used += put(to + used, rest, rest_bytes);
    to[used++] = '\n';
    return used;
}

/* Where an object of ours begins inside a line and reaches to its end; `bytes` when none does. */
static size_t find_own_object(const char *raw, size_t bytes)
{
    for (size_t at = 1; at < bytes; at++) {
        if (raw[at] == '{' && begins_as_ours(raw + at, bytes - at)) {
            return lq_json_object_is(raw + at, bytes - at) ? at : bytes;
        }
    }
    return bytes;
}

size_t lq_log_line_form(const struct lq_log_origin *origin, const char *time, const char *raw,
                        size_t bytes, char *to)
{
    LQ_ASSERT(bytes <= LQ_LOG_LINE_RAW_BYTES_MAX);
    while (bytes > 0 && raw[bytes - 1] == '\r') {
        bytes--;
    }
    if (bytes == 0) {
        return 0;
    }
    if (lq_json_object_is(raw, bytes)) {
        if (!begins_as_ours(raw, bytes)) {
            return put_time_in_front(time, raw, bytes, to);
        }
        size_t used = put(to, raw, bytes);
        to[used++] = '\n';
        return used;
    }
    size_t head = find_own_object(raw, bytes);
    size_t used = wrap_text(origin, time, raw, head, to);
    if (head < bytes) {
        used += put(to + used, raw + head, bytes - head);
        to[used++] = '\n';
    }
    return used;
}

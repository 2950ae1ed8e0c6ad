// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "pipeline/document/document_lines.h"

static uint8_t byte_at(struct lq_view text, size_t at)
{
    return at < text.bytes ? text.data[at] : 0;
}

/* Past white space, commas and colons: in a well-formed text they only separate. */
static size_t skip_separators(struct lq_view text, size_t at)
{
    while (at < text.bytes && memchr(" \t\r\n,:", text.data[at], 6) != NULL) {
        at++;
    }
    return at;
}

/* From an opening quote to behind the closing one. */
static size_t skip_string(struct lq_view text, size_t at)
{
    at++;
    while (at < text.bytes && text.data[at] != '"') {
        at += text.data[at] == '\\' ? 2 : 1;
    }
    return at + 1;
}

static size_t skip_value(struct lq_view text, size_t at)
{
    size_t depth = 0;

    while (at < text.bytes) {
        uint8_t byte = text.data[at];
        if (byte == '"') {
            at = skip_string(text, at);
        } else if (byte == '{' || byte == '[') {
            depth++;
            at++;
        } else if (depth > 0) {
            depth -= byte == '}' || byte == ']';
            at++;
        } else if (memchr(",]} \t\r\n", byte, 7) == NULL) {
            at++; /* a number or a word */
            continue;
        }
        if (depth == 0) {
            break;
        }
    }
    return at;
}

static bool key_is(struct lq_view text, size_t start, size_t end, const char *key)
{
    return end >= start + 2 &&
           lq_view_equal(lq_view_of(text.data + start + 1, end - start - 2), lq_view_text(key));
}

/* Behind the member's key; *key_at is where the key stands. SIZE_MAX: there is no such member. */
static size_t enter_member(struct lq_view text, size_t at, const char *key, size_t *key_at)
{
    at = skip_separators(text, at + 1);
    while (byte_at(text, at) == '"') {
        size_t end = skip_string(text, at);
        size_t value = skip_separators(text, end);
        if (key_is(text, at, end, key)) {
            *key_at = at;
            return value;
        }
        at = skip_separators(text, skip_value(text, value));
    }
    return SIZE_MAX;
}

static size_t enter_element(struct lq_view text, size_t at, size_t index)
{
    at = skip_separators(text, at + 1);
    while (index-- > 0 && at < text.bytes && text.data[at] != ']') {
        at = skip_separators(text, skip_value(text, at));
    }
    return byte_at(text, at) == ']' || at >= text.bytes ? SIZE_MAX : at;
}

static uint32_t line_of(struct lq_view text, size_t at)
{
    uint32_t line = 1;

    for (size_t index = 0; index < at && index < text.bytes; index++) {
        line += text.data[index] == '\n';
    }
    return line;
}

uint32_t lq_document_lines_find(struct lq_view text, const struct lq_document_step *path,
                                size_t step_count)
{
    size_t value = skip_separators(text, 0);
    size_t found = value;

    for (size_t step = 0; step < step_count; step++) {
        size_t entered = SIZE_MAX;
        size_t at = value;
        if (path[step].key != NULL && byte_at(text, value) == '{') {
            entered = enter_member(text, value, path[step].key, &at);
        } else if (path[step].key == NULL && byte_at(text, value) == '[') {
            entered = enter_element(text, value, path[step].index);
            at = entered;
        }
        if (entered == SIZE_MAX) {
            break;
        }
        value = entered;
        found = at;
    }
    return line_of(text, found);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "logger/json_object.h"

#include <stdint.h>
#include <string.h>

struct cursor {
    const char *at;
    const char *end;
};

static bool skip_byte(struct cursor *cursor, char wanted)
{
    if (cursor->at == cursor->end || *cursor->at != wanted) {
        return false;
    }
    cursor->at++;
    return true;
}

static void skip_space(struct cursor *cursor)
{
    while (cursor->at < cursor->end && memchr(" \t\r\n", *cursor->at, 4) != NULL) {
        cursor->at++;
    }
}

static bool skip_word(struct cursor *cursor, const char *word)
{
    size_t bytes = strlen(word);

    if ((size_t)(cursor->end - cursor->at) < bytes || memcmp(cursor->at, word, bytes) != 0) {
        return false;
    }
    cursor->at += bytes;
    return true;
}

static bool skip_digits(struct cursor *cursor)
{
    const char *first = cursor->at;

    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
        cursor->at++;
    }
    return cursor->at > first;
}

static bool skip_number(struct cursor *cursor)
{
    (void)skip_byte(cursor, '-');
    if (!skip_byte(cursor, '0') && !skip_digits(cursor)) {
        return false;
    }
    if (skip_byte(cursor, '.') && !skip_digits(cursor)) {
        return false;
    }
    if (skip_byte(cursor, 'e') || skip_byte(cursor, 'E')) {
        (void)(skip_byte(cursor, '+') || skip_byte(cursor, '-'));
        return skip_digits(cursor);
    }
    return true;
}

/* The rows of RFC 3629: first byte, the range of the second; all others are 80 to BF. */
size_t lq_json_object_character(const char *text, size_t bytes)
{
    static const struct {
        uint8_t first_low, first_high, second_low, second_high, bytes;
    } rows[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    const uint8_t *at = (const uint8_t *)text;
    size_t row = 0;

    if (bytes == 0) {
        return 0;
    }
    while (row < sizeof rows / sizeof rows[0] &&
           (at[0] < rows[row].first_low || at[0] > rows[row].first_high)) {
        row++;
    }
    if (row == sizeof rows / sizeof rows[0] || bytes < rows[row].bytes) {
        return 0;
    }
    if (rows[row].bytes > 1 && (at[1] < rows[row].second_low || at[1] > rows[row].second_high)) {
        return 0;
    }
    for (size_t index = 2; index < rows[row].bytes; index++) {
        if ((at[index] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return rows[row].bytes;
}

static bool skip_escape(struct cursor *cursor)
{
    if (cursor->at == cursor->end) {
        return false;
    }
    if (*cursor->at != 'u') {
        return memchr("\"\\/bfnrt", *cursor->at++, 8) != NULL;
    }
    cursor->at++;
    for (int digit = 0; digit < 4; digit++, cursor->at++) {
        if (cursor->at == cursor->end || *cursor->at == '\0' ||
            strchr("0123456789abcdefABCDEF", *cursor->at) == NULL) {
            return false;
        }
    }
    return true;
}

static bool skip_string(struct cursor *cursor)
{
    if (!skip_byte(cursor, '"')) {
        return false;
    }
    while (!skip_byte(cursor, '"')) {
        size_t bytes = lq_json_object_character(cursor->at, (size_t)(cursor->end - cursor->at));
        if (bytes == 0 || (unsigned char)*cursor->at < 0x20) {
            return false;
        }
        bool escape = *cursor->at == '\\';
        cursor->at += bytes;
        if (escape && !skip_escape(cursor)) {
            return false;
        }
    }
    return true;
}

static bool skip_name(struct cursor *cursor)
{
    skip_space(cursor);
    if (!skip_string(cursor)) {
        return false;
    }
    skip_space(cursor);
    return skip_byte(cursor, ':');
}

static bool skip_scalar(struct cursor *cursor)
{
    return cursor->at < cursor->end && (*cursor->at == '"'   ? skip_string(cursor)
                                        : *cursor->at == 't' ? skip_word(cursor, "true")
                                        : *cursor->at == 'f' ? skip_word(cursor, "false")
                                        : *cursor->at == 'n' ? skip_word(cursor, "null")
                                                             : skip_number(cursor));
}

/* What is open is kept as the bracket that closes it. Each turn takes one value or one bracket, so
 * the loop is bounded by the bytes. */
bool lq_json_object_is(const char *text, size_t bytes)
{
    struct cursor cursor = {text, text + bytes};
    char closing[LQ_JSON_OBJECT_DEPTH_MAX];
    size_t depth = 0;

    skip_space(&cursor);
    if (cursor.at == cursor.end || *cursor.at != '{') {
        return false;
    }
    do {
        bool opened = false;
        skip_space(&cursor);
        if (cursor.at < cursor.end && (*cursor.at == '{' || *cursor.at == '[')) {
            if (depth == LQ_JSON_OBJECT_DEPTH_MAX) {
                return false;
            }
            closing[depth++] = *cursor.at++ == '{' ? '}' : ']';
            opened = true;
        } else if (!skip_scalar(&cursor)) {
            return false;
        }
        skip_space(&cursor);
        while (depth > 0 && skip_byte(&cursor, closing[depth - 1])) {
            depth--;
            opened = false;
            skip_space(&cursor);
        }
        if (depth > 0 && ((!opened && !skip_byte(&cursor, ',')) ||
                          (closing[depth - 1] == '}' && !skip_name(&cursor)))) {
            return false;
        }
    } while (depth > 0);
    return cursor.at == cursor.end;
}

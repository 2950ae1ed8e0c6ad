// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/json_writer.h"

#include "base/contract.h"
#include "base/number_text.h"

#include <stdio.h>

void lq_json_writer_start(struct lq_json_writer *writer, char *text, size_t bytes_max)
{
    *writer = (struct lq_json_writer){.text = text, .bytes_max = bytes_max};
}

static void put(struct lq_json_writer *writer, const char *text, size_t bytes)
{
    if (writer->bytes <= writer->bytes_max && writer->bytes_max - writer->bytes >= bytes) {
        memcpy(writer->text + writer->bytes, text, bytes);
    }
    writer->bytes += bytes;
}

static void put_literal(struct lq_json_writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

/* A value begins: behind another one of its depth there is a comma. */
static void begin_value(struct lq_json_writer *writer)
{
    if (writer->filled[writer->depth]) {
        put_literal(writer, ",");
    }
    writer->filled[writer->depth] = true;
}

static void open_bracket(struct lq_json_writer *writer, const char *bracket)
{
    LQ_ASSERT(writer->depth < LQ_JSON_WRITER_DEPTH_MAX);
    begin_value(writer);
    put_literal(writer, bracket);
    writer->filled[++writer->depth] = false;
}

static void close_bracket(struct lq_json_writer *writer, const char *bracket)
{
    LQ_ASSERT(writer->depth > 0);
    writer->depth--;
    put_literal(writer, bracket);
}

void lq_json_writer_begin_object(struct lq_json_writer *writer)
{
    open_bracket(writer, "{");
}

void lq_json_writer_end_object(struct lq_json_writer *writer)
{
    close_bracket(writer, "}");
}

void lq_json_writer_begin_array(struct lq_json_writer *writer)
{
    open_bracket(writer, "[");
}

void lq_json_writer_end_array(struct lq_json_writer *writer)
{
    close_bracket(writer, "]");
}

void lq_json_writer_key(struct lq_json_writer *writer, const char *name)
{
    lq_json_writer_text(writer, lq_view_text(name));
    put_literal(writer, ":");
    writer->filled[writer->depth] = false; /* no comma before its value */
}

/* Bytes of the UTF-8 character that `text` begins with, by the rows of RFC 3629; 0: it is none. */
static size_t character_bytes(struct lq_view text)
{
    static const struct {
        uint8_t first_low, first_high, second_low, second_high, bytes;
    } rows[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    size_t row = 0;

    while (row < sizeof rows / sizeof rows[0] &&
           (text.data[0] < rows[row].first_low || text.data[0] > rows[row].first_high)) {
        row++;
    }
    if (row == sizeof rows / sizeof rows[0] || text.bytes < rows[row].bytes) {
        return 0;
    }
    for (size_t index = 1; index < rows[row].bytes; index++) {
        uint8_t low = index == 1 ? rows[row].second_low : 0x80;
        uint8_t high = index == 1 ? rows[row].second_high : 0xBF;
        if (text.data[index] < low || text.data[index] > high) {
            return 0;
        }
    }
    return rows[row].bytes;
}

static void put_character(struct lq_json_writer *writer, const uint8_t *character, size_t bytes)
{
    char escape[8];

    if (bytes == 0) {
        put_literal(writer, "\\ufffd");
    } else if (bytes == 1 && (*character == '"' || *character == '\\')) {
        snprintf(escape, sizeof escape, "\\%c", *character);
        put_literal(writer, escape);
    } else if (bytes == 1 && (*character < 0x20 || *character == 0x7F)) {
        snprintf(escape, sizeof escape, "\\u%04x", *character);
        put_literal(writer, escape);
    } else {
        put(writer, (const char *)character, bytes);
    }
}

void lq_json_writer_text(struct lq_json_writer *writer, struct lq_view text)
{
    begin_value(writer);
    put_literal(writer, "\"");
    while (text.bytes > 0) {
        size_t bytes = character_bytes(text);
        put_character(writer, text.data, bytes);
        size_t taken = bytes > 0 ? bytes : 1;
        text = lq_view_of(text.data + taken, text.bytes - taken);
    }
    put_literal(writer, "\"");
}

static void put_value(struct lq_json_writer *writer, const char *text, size_t bytes)
{
    begin_value(writer);
    put(writer, text, bytes);
}

void lq_json_writer_number(struct lq_json_writer *writer, uint64_t number)
{
    char digits[LQ_NUMBER_TEXT_BYTES_MAX];

    put_value(writer, digits, lq_number_text_unsigned(digits, number));
}

void lq_json_writer_signed(struct lq_json_writer *writer, int64_t number)
{
    char digits[LQ_NUMBER_TEXT_BYTES_MAX];

    put_value(writer, digits, lq_number_text_signed(digits, number));
}

void lq_json_writer_double(struct lq_json_writer *writer, double number)
{
    char digits[LQ_NUMBER_TEXT_BYTES_MAX];

    put_value(writer, digits, lq_number_text_double(digits, number));
}

void lq_json_writer_float(struct lq_json_writer *writer, float number)
{
    char digits[LQ_NUMBER_TEXT_BYTES_MAX];

    put_value(writer, digits, lq_number_text_float(digits, number));
}

void lq_json_writer_boolean(struct lq_json_writer *writer, bool value)
{
    begin_value(writer);
    put_literal(writer, value ? "true" : "false");
}

void lq_json_writer_null(struct lq_json_writer *writer)
{
    begin_value(writer);
    put_literal(writer, "null");
}

void lq_json_writer_base64(struct lq_json_writer *writer, struct lq_view bytes)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    begin_value(writer);
    put_literal(writer, "\"");
    for (size_t at = 0; at < bytes.bytes; at += 3) {
        size_t count = bytes.bytes - at < 3 ? bytes.bytes - at : 3;
        uint32_t three = (uint32_t)bytes.data[at] << 16;
        three |= count > 1 ? (uint32_t)bytes.data[at + 1] << 8 : 0;
        three |= count > 2 ? bytes.data[at + 2] : 0;
        char four[4] = {letters[three >> 18], letters[three >> 12 & 63],
                        count > 1 ? letters[three >> 6 & 63] : '=',
                        count > 2 ? letters[three & 63] : '='};
        put(writer, four, sizeof four);
    }
    put_literal(writer, "\"");
}

void lq_json_writer_hex(struct lq_json_writer *writer, struct lq_view bytes)
{
    static const char digits[] = "0123456789abcdef";

    begin_value(writer);
    put_literal(writer, "\"");
    for (size_t at = 0; at < bytes.bytes; at++) {
        const char two[2] = {digits[bytes.data[at] >> 4], digits[bytes.data[at] & 15]};
        put(writer, two, sizeof two);
    }
    put_literal(writer, "\"");
}

void lq_json_writer_key_text(struct lq_json_writer *writer, const char *name, struct lq_view text)
{
    lq_json_writer_key(writer, name);
    lq_json_writer_text(writer, text);
}

void lq_json_writer_key_number(struct lq_json_writer *writer, const char *name, uint64_t number)
{
    lq_json_writer_key(writer, name);
    lq_json_writer_number(writer, number);
}

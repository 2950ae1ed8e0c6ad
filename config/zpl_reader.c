// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "config/zpl_reader.h"

#define BLANKS_A_LEVEL 4u
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_name(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("$-_@.&+/", byte) != NULL);
}

static struct lq_view skip(struct lq_view text, size_t bytes)
{
    return lq_view_of(text.data + bytes, text.bytes - bytes);
}

static struct lq_view skip_space(struct lq_view text)
{
    while (text.bytes > 0 && is_space(text.data[0])) {
        text = skip(text, 1);
    }
    return text;
}

static struct lq_view trim_end(struct lq_view text)
{
    while (text.bytes > 0 && is_space(text.data[text.bytes - 1])) {
        text.bytes--;
    }
    return text;
}

static bool begins_with(struct lq_view text, char byte)
{
    return text.bytes > 0 && text.data[0] == (uint8_t)byte;
}

/* Nothing more, but white space and a comment. */
static bool ends_here(struct lq_view text)
{
    text = skip_space(text);
    return text.bytes == 0 || begins_with(text, '#');
}

/* The bytes before the first `byte`; all of them when there is none. */
static size_t bytes_before(struct lq_view text, char byte)
{
    const uint8_t *found = text.bytes > 0 ? memchr(text.data, byte, text.bytes) : NULL;

    return found != NULL ? (size_t)(found - text.data) : text.bytes;
}

/* Behind the "=". NULL or what is wrong. */
static const char *read_value(struct lq_view text, struct lq_view *value)
{
    text = skip_space(text);
    if (ends_here(text)) {
        return "no value behind the = (an empty one is \"\")";
    }
    if (!begins_with(text, '"') && !begins_with(text, '\'')) {
        *value = trim_end(lq_view_of(text.data, bytes_before(text, '#')));
        return NULL;
    }
    struct lq_view inside = skip(text, 1);
    value->data = inside.data;
    value->bytes = bytes_before(inside, (char)text.data[0]);
    if (value->bytes == inside.bytes) {
        return "the quote before the value is not closed";
    }
    return ends_here(skip(inside, value->bytes + 1)) ? NULL : "something behind the closing quote";
}

static const char *read_name_and_value(struct lq_view text, struct lq_zpl_entry *entry)
{
    size_t bytes = 0;

    while (bytes < text.bytes && is_name(text.data[bytes])) {
        bytes++;
    }
    entry->name = lq_view_of(text.data, bytes);
    if (bytes == 0) {
        return begins_with(text, '=') ? "no name before the ="
                                      : "a character that a name cannot begin with";
    }
    if (text.data[0] == '/' || text.data[bytes - 1] == '/') {
        return "a name neither begins nor ends with a slash";
    }
    text = skip_space(skip(text, bytes));
    entry->has_value = begins_with(text, '=');
    if (entry->has_value) {
        return read_value(skip(text, 1), &entry->value);
    }
    return ends_here(text) ? NULL : "something behind the name that is no = VALUE";
}

/* The level by the blanks in front; a line without an entry has to be indented well, too. */
static const char *read_line(struct lq_view text, uint32_t level_max, struct lq_zpl_entry *entry)
{
    size_t blanks = 0;

    if (text.bytes > LQ_ZPL_LINE_BYTES_MAX) {
        return "longer than 1024 bytes";
    }
    if (memchr(text.data, '\0', text.bytes) != NULL) {
        return "a NUL byte, which no text has";
    }
    text = trim_end(text);
    while (blanks < text.bytes && text.data[blanks] == ' ') {
        blanks++;
    }
    text = skip(text, blanks);
    if (blanks % BLANKS_A_LEVEL != 0) {
        return "indented by a number of blanks that is no multiple of 4";
    }
    if (ends_here(text)) {
        return NULL;
    }
    if (is_space(text.data[0])) {
        return "indented by a tab or the like, which has to be 4 blanks a level";
    }
    entry->level = (uint32_t)(blanks / BLANKS_A_LEVEL);
    if (entry->level > level_max) {
        return "indented by more than one level below the line above";
    }
    return read_name_and_value(text, entry);
}

struct lq_zpl_reader lq_zpl_reader_of(struct lq_view text)
{
    size_t mark_bytes = strlen(BYTE_ORDER_MARK);

    /* Some editors put a byte order mark in front, which says nothing in UTF-8. */
    if (text.bytes >= mark_bytes && memcmp(text.data, BYTE_ORDER_MARK, mark_bytes) == 0) {
        text = skip(text, mark_bytes);
    }
    return (struct lq_zpl_reader){.rest = text};
}

enum lq_result lq_zpl_reader_next(struct lq_zpl_reader *reader, struct lq_zpl_entry *entry)
{
    while (reader->rest.bytes > 0) {
        size_t bytes = bytes_before(reader->rest, '\n');
        struct lq_view line = lq_view_of(reader->rest.data, bytes);

        reader->rest = skip(reader->rest, bytes < reader->rest.bytes ? bytes + 1 : bytes);
        reader->line++;
        *entry = (struct lq_zpl_entry){.line = reader->line};
        reader->wrong = read_line(line, reader->level_max, entry);
        if (reader->wrong != NULL) {
            return LQ_ERR_INVALID;
        }
        if (entry->name.bytes > 0) {
            reader->level_max = entry->level + 1;
            return LQ_OK;
        }
    }
    return LQ_ERR_NOT_FOUND;
}

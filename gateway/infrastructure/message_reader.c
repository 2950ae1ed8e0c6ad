// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/message_reader.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

struct reading {
    struct lq_message_reader *reader;
    struct lq_player_message *message;
    char *reason;
    enum lq_result result; /* LQ_OK so far; a later fault that is worse replaces it */
};

/* The first words count, but for what makes it no message at all. */
static void LQ_PRINTF(3, 4)
    fault(struct reading *reading, enum lq_result result, const char *format, ...)
{
    va_list arguments;

    if (reading->result == LQ_ERR_MALFORMED || reading->result == result) {
        return;
    }
    reading->result = result;
    va_start(arguments, format);
    vsnprintf(reading->reason, LQ_REASON_BYTES_MAX, format, arguments);
    va_end(arguments);
}

static void *member(struct reading *reading, const struct lq_player_field_row *row)
{
    return (uint8_t *)reading->message + row->offset;
}

static void read_text(struct reading *reading, const struct lq_player_field_row *row,
                      const json_t *value)
{
    size_t bytes = json_string_length(value);
    const char *text = json_string_value(value);

    if (text == NULL || bytes < (size_t)row->least || bytes > (size_t)row->most) {
        fault(reading, LQ_ERR_INVALID, "%s: a text of %.0f to %.0f bytes", row->path, row->least,
              row->most);
        return;
    }
    LQ_ASSERT(bytes < row->bytes);
    for (size_t at = 0; at < bytes; at++) {
        if ((uint8_t)text[at] < 0x20 || text[at] == 0x7f) {
            fault(reading, LQ_ERR_INVALID, "%s: a control character", row->path);
            return;
        }
    }
    memcpy(member(reading, row), text, bytes + 1);
}

static void read_count(struct reading *reading, const struct lq_player_field_row *row,
                       const json_t *value)
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || (double)number < row->least || (double)number > row->most) {
        fault(reading, LQ_ERR_INVALID, "%s: a whole number from %.0f to %.0f", row->path,
              row->least, row->most);
        return;
    }
    *(int64_t *)member(reading, row) = number;
}

static void read_number(struct reading *reading, const struct lq_player_field_row *row,
                        const json_t *value)
{
    double number = json_number_value(value);

    if (!json_is_number(value) || !isfinite(number) || number < row->least || number > row->most) {
        fault(reading, LQ_ERR_INVALID, "%s: a number from %g to %g", row->path, row->least,
              row->most);
        return;
    }
    number = number == 0 ? 0 : number; /* a world has no negative zeros */
    if (row->type == LQ_PLAYER_FIELD_DOUBLE) {
        *(double *)member(reading, row) = number;
    } else {
        *(float *)member(reading, row) = (float)number == 0 ? 0 : (float)number;
    }
}

static int hex_digit(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                          : -1;
}

static void read_hex(struct reading *reading, const struct lq_player_field_row *row,
                     const json_t *value)
{
    const char *text = json_string_value(value);
    uint8_t *to = member(reading, row);

    if (text == NULL || json_string_length(value) != 2 * row->bytes) {
        fault(reading, LQ_ERR_INVALID, "%s: %zu hexadecimal digits", row->path, 2 * row->bytes);
        return;
    }
    for (size_t at = 0; at < row->bytes; at++) {
        int high = hex_digit(text[2 * at]);
        int low = hex_digit(text[2 * at + 1]);
        if (high < 0 || low < 0) {
            fault(reading, LQ_ERR_INVALID, "%s: %zu hexadecimal digits", row->path, 2 * row->bytes);
            return;
        }
        to[at] = (uint8_t)(high << 4 | low);
    }
}

static int base64_digit(char digit)
{
    return digit >= 'A' && digit <= 'Z'   ? digit - 'A'
           : digit >= 'a' && digit <= 'z' ? digit - 'a' + 26
           : digit >= '0' && digit <= '9' ? digit - '0' + 52
           : digit == '+'                 ? 62
           : digit == '/'                 ? 63
                                          : -1;
}

/* With padding and no spare bits: one text for the same bytes. */
static bool decode_base64(const char *text, size_t length, uint8_t *to, size_t *bytes)
{
    size_t padding = 0;
    uint32_t bits = 0;

    if (length % 4 != 0) {
        return false;
    }
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=') {
        padding++;
    }
    *bytes = 0;
    for (size_t at = 0; at < length - padding; at++) {
        int digit = base64_digit(text[at]);
        if (digit < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)digit;
        uint32_t shift = 6 - 2 * (uint32_t)(at % 4);
        if (at % 4 != 0) {
            to[(*bytes)++] = (uint8_t)(bits >> shift);
        }
    }
    uint32_t spare = padding == 2 ? 15 : padding == 1 ? 3 : 0;

    return (bits & spare) == 0;
}

static void read_base64(struct reading *reading, const struct lq_player_field_row *row,
                        const json_t *value)
{
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    size_t bytes;

    if (text == NULL || length > ((size_t)row->most + 2) / 3 * 4 ||
        length / 4 * 3 > sizeof reading->reader->custom + 2 ||
        (length / 4 * 3 > sizeof reading->reader->custom && text[length - 1] != '=')) {
        fault(reading, LQ_ERR_INVALID, "%s: base64 of at most %.0f bytes", row->path, row->most);
        return;
    }
    uint8_t last[4];
    size_t tail = length >= 4 ? length - 4 : 0; /* its bytes may be fewer than its letters say */
    size_t tail_bytes = 0;
    if (!decode_base64(text, tail, reading->reader->custom, &bytes) ||
        !decode_base64(text + tail, length - tail, last, &tail_bytes) ||
        (tail > 0 && text[tail - 1] == '=') || bytes + tail_bytes > (size_t)row->most) {
        fault(reading, LQ_ERR_INVALID, "%s: base64 of at most %.0f bytes", row->path, row->most);
        return;
    }
    memcpy(reading->reader->custom + bytes, last, tail_bytes);
    *(struct lq_view *)member(reading, row) =
        lq_view_of(reading->reader->custom, bytes + tail_bytes);
}

static void read_word(struct reading *reading, const struct lq_player_field_row *row,
                      const json_t *value)
{
    static const char *const behaviors[] = {"Idle", "Seek", "Flee", "Wander", NULL};
    static const char *const rights[] = {"play", "watch", NULL};
    static const char *const kinds[] = {"Spawn",       "Despawn", "SetThrust", "ApplyImpulse",
                                        "SetBehavior", "Custom",  NULL};
    const char *const *words = row->type == LQ_PLAYER_FIELD_KIND       ? kinds
                               : row->type == LQ_PLAYER_FIELD_BEHAVIOR ? behaviors
                                                                       : rights;
    uint8_t first = row->type == LQ_PLAYER_FIELD_KIND ? LQ_COMMAND_SPAWN : 1;
    const char *text = json_string_value(value);

    for (uint8_t at = 0; text != NULL && words[at] != NULL; at++) {
        if (strcmp(text, words[at]) == 0 && strlen(text) == json_string_length(value)) {
            *(uint8_t *)member(reading, row) = (uint8_t)(first + at);
            return;
        }
    }
    fault(reading, LQ_ERR_INVALID, "%s: not one of its words", row->path);
}

static void read_field(struct reading *reading, const struct lq_player_field_row *row,
                       const json_t *value)
{
    switch (row->type) {
    case LQ_PLAYER_FIELD_TEXT:
        read_text(reading, row, value);
        break;
    case LQ_PLAYER_FIELD_COUNT_NUMBER:
        read_count(reading, row, value);
        break;
    case LQ_PLAYER_FIELD_DOUBLE:
    case LQ_PLAYER_FIELD_FLOAT:
        read_number(reading, row, value);
        break;
    case LQ_PLAYER_FIELD_FLAG:
        if (!json_is_boolean(value)) {
            fault(reading, LQ_ERR_INVALID, "%s: true or false", row->path);
        }
        *(bool *)member(reading, row) = json_is_true(value);
        break;
    case LQ_PLAYER_FIELD_HEX:
        read_hex(reading, row, value);
        break;
    case LQ_PLAYER_FIELD_BASE64:
        read_base64(reading, row, value);
        break;
    case LQ_PLAYER_FIELD_KIND:
    case LQ_PLAYER_FIELD_BEHAVIOR:
    case LQ_PLAYER_FIELD_RIGHT:
        read_word(reading, row, value);
        break;
    }
}

/* The row of a field, LQ_PLAYER_FIELD_COUNT if there is none; whether it is a group's name. */
static uint32_t find_field(const struct reading *reading, const char *group, const char *name,
                           bool *is_group)
{
    const struct lq_player_field_row *rows = lq_player_message_fields();

    *is_group = false;
    for (uint32_t field = 0; field < LQ_PLAYER_FIELD_COUNT; field++) {
        if (rows[field].message != reading->message->type) {
            continue;
        }
        if (strcmp(rows[field].group, group) == 0 && strcmp(rows[field].name, name) == 0) {
            return field;
        }
        *is_group = *is_group || (group[0] == '\0' && strcmp(rows[field].group, name) == 0);
    }
    return LQ_PLAYER_FIELD_COUNT;
}

static void unknown_field(struct reading *reading, const char *group, const char *name)
{
    bool plain = strlen(name) <= 32; /* what is said back is short and has no odd characters */

    for (const char *at = name; plain && *at != '\0'; at++) {
        plain = *at > 0x20 && *at < 0x7f;
    }
    fault(reading, LQ_ERR_MALFORMED, "%s%s%s: no field of %s", group, group[0] != '\0' ? "." : "",
          plain ? name : "?", lq_player_message_name(reading->message->type));
}

static void read_group(struct reading *reading, const char *group, json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        bool is_group;
        if (group[0] == '\0' && strcmp(name, "type") == 0) {
            continue;
        }
        uint32_t field = find_field(reading, group, name, &is_group);
        if (field < LQ_PLAYER_FIELD_COUNT) {
            reading->message->given |= UINT64_C(1) << field;
            read_field(reading, &lq_player_message_fields()[field], value);
        } else if (is_group && json_is_object(value)) {
            read_group(reading, name, value);
        } else if (is_group) {
            fault(reading, LQ_ERR_MALFORMED, "%s: an object", name);
        } else {
            unknown_field(reading, group, name);
        }
    }
}

static void check_required(struct reading *reading)
{
    const struct lq_player_field_row *rows = lq_player_message_fields();

    for (uint32_t field = 0; field < LQ_PLAYER_FIELD_COUNT; field++) {
        if (rows[field].message == reading->message->type && rows[field].required &&
            !lq_player_message_has(reading->message, field)) {
            fault(reading, LQ_ERR_INVALID, "%s: missing", rows[field].path);
        }
    }
}

static void read_object(struct reading *reading, json_t *object)
{
    const json_t *type = json_object_get(object, "type");

    if (!json_is_object(object)) {
        fault(reading, LQ_ERR_MALFORMED, "no JSON object: another value");
        return;
    }
    if (!json_is_string(type)) {
        fault(reading, LQ_ERR_MALFORMED, "type: %s", type == NULL ? "missing" : "a text");
        return;
    }
    reading->message->type =
        lq_player_message_named(lq_view_of(json_string_value(type), json_string_length(type)));
    if (reading->message->type == LQ_PLAYER_MESSAGE_NONE) {
        fault(reading, LQ_ERR_MALFORMED, "type: no message of a client");
        return;
    }
    read_group(reading, "", object);
    check_required(reading);
    if (reading->result == LQ_OK) {
        reading->result = lq_player_message_check(reading->message, reading->reason);
    }
}

enum lq_result lq_message_reader_read(struct lq_message_reader *reader, struct lq_view text,
                                      struct lq_player_message *message, char *reason)
{
    struct reading reading = {reader, message, reason, LQ_OK};
    json_error_t error;
    json_t *object =
        json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, &error);

    *message = (struct lq_player_message){.type = LQ_PLAYER_MESSAGE_NONE};
    reason[0] = '\0';
    if (object == NULL) {
        fault(&reading, LQ_ERR_MALFORMED, "no JSON object: byte %d", error.position);
        return LQ_ERR_MALFORMED;
    }
    read_object(&reading, object);
    json_decref(object);
    return reading.result;
}

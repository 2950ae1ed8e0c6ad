// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/command_fields.h"

#include "cli/json_output.h"
#include "proto/wire_text.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum field_type { FIELD_BYTE = 1, FIELD_NUMBER, FIELD_FLOAT, FIELD_DOUBLE, FIELD_BEHAVIOR };

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
};

#define FIELD(name, type)                                                                          \
    {                                                                                              \
#name, type, offsetof(struct lq_command, name)                                             \
    }
static const struct field fields[] = {
    FIELD(body_id, FIELD_NUMBER), FIELD(body_kind, FIELD_BYTE),    FIELD(x, FIELD_DOUBLE),
    FIELD(y, FIELD_DOUBLE),       FIELD(radius, FIELD_FLOAT),      FIELD(vx, FIELD_FLOAT),
    FIELD(vy, FIELD_FLOAT),       FIELD(behavior, FIELD_BEHAVIOR), FIELD(target_id, FIELD_NUMBER),
    FIELD(strength, FIELD_FLOAT),
};
enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

static const char *const behaviors[] = {"?", "idle", "seek", "flee", "wander"};

const char *lq_command_fields_behavior_name(uint8_t behavior)
{
    return behaviors[behavior <= LQ_BEHAVIOR_LAST ? behavior : 0];
}

uint8_t lq_command_fields_behavior(const char *text)
{
    for (uint8_t behavior = LQ_BEHAVIOR_IDLE; behavior <= LQ_BEHAVIOR_LAST; behavior++) {
        char number[4];
        snprintf(number, sizeof number, "%u", behavior);
        if (strcasecmp(text, behaviors[behavior]) == 0 || strcmp(text, number) == 0) {
            return behavior;
        }
    }
    return 0;
}

enum lq_result lq_command_fields_begin(struct lq_command_draft *draft, const char *kind,
                                       struct lq_error_message *message)
{
    draft->command = (struct lq_command){.outcome = LQ_OUTCOME_PENDING};
    draft->given = 0;
    for (uint8_t known = LQ_COMMAND_JOIN; known <= LQ_COMMAND_KIND_LAST; known++) {
        if (strcasecmp(kind, lq_command_kind_name(known)) == 0) {
            draft->command.kind = known;
            return LQ_OK;
        }
    }
    lq_error_message_set(
        message,
        "%.64s is no kind of command (Join, Leave, Spawn, Despawn, SetThrust, ApplyImpulse, "
        "SetBehavior, Custom)",
        kind);
    return LQ_ERR_NOT_FOUND;
}

static const struct field *find_field(const char *name, size_t bytes)
{
    for (size_t index = 0; index < FIELD_COUNT; index++) {
        if (strlen(fields[index].name) == bytes && memcmp(fields[index].name, name, bytes) == 0) {
            return &fields[index];
        }
    }
    return NULL;
}

/* False: not a whole number within the field's range, or not finite. */
static bool store_number(struct lq_command *command, const struct field *field, double value)
{
    char *to = (char *)command + field->offset;
    bool whole = value >= 0 && value <= UINT32_MAX && value == (double)(uint32_t)value;

    switch (field->type) {
    case FIELD_BYTE:
    case FIELD_BEHAVIOR:
        whole = whole && value <= UINT8_MAX;
        *(uint8_t *)to = whole ? (uint8_t)value : 0;
        return whole;
    case FIELD_NUMBER:
        memcpy(to, &(uint32_t){whole ? (uint32_t)value : 0}, sizeof(uint32_t));
        return whole;
    case FIELD_FLOAT:
        memcpy(to, &(float){(float)value}, sizeof(float));
        return isfinite((float)value);
    case FIELD_DOUBLE:
        memcpy(to, &value, sizeof value);
        return isfinite(value);
    }
    return false;
}

static int hex_digit(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

static bool store_custom(struct lq_command_draft *draft, const char *text, size_t bytes, bool hex)
{
    size_t count = hex ? bytes / 2 : bytes;

    if (count > sizeof draft->custom || (hex && bytes % 2 != 0)) {
        return false;
    }
    for (size_t index = 0; index < count; index++) {
        int high = hex ? hex_digit(text[index * 2]) : 0;
        int low = hex ? hex_digit(text[index * 2 + 1]) : 0;
        if (high < 0 || low < 0) {
            return false;
        }
        draft->custom[index] = hex ? (uint8_t)(high << 4 | low) : (uint8_t)text[index];
    }
    draft->command.custom = lq_view_of(draft->custom, count);
    return true;
}

static bool store_text(struct lq_command_draft *draft, const struct field *field, const char *text)
{
    char *end = NULL;

    if (field->type == FIELD_BEHAVIOR) {
        draft->command.behavior = lq_command_fields_behavior(text);
        return draft->command.behavior != 0;
    }
    errno = 0;
    double value = strtod(text, &end);
    return end != text && *end == '\0' && store_number(&draft->command, field, value);
}

/* What a value must be; `field` NULL: custom or custom_hex. */
static const char *wanted(const struct field *field, bool hex)
{
    if (field == NULL) {
        return hex ? "an even number of hexadecimal digits, 32768 at most" : "at most 16384 bytes";
    }
    switch (field->type) {
    case FIELD_BYTE:
        return "a whole number from 0 to 255";
    case FIELD_NUMBER:
        return "a whole number from 0 to 4294967295";
    case FIELD_FLOAT:
        return "a number of single precision (3.4e38 at most)";
    case FIELD_DOUBLE:
        return "a finite number";
    case FIELD_BEHAVIOR:
        return "idle, seek, flee, wander, or 1 to 4 for these";
    }
    return "something else";
}

static void say_unknown(const char *name, size_t bytes, struct lq_error_message *message)
{
    char known[512] = "";
    size_t used = 0;

    for (size_t index = 0; index < FIELD_COUNT; index++) {
        used += (size_t)snprintf(known + used, sizeof known - used, "%s, ", fields[index].name);
        LQ_ASSERT(used < sizeof known);
    }
    lq_error_message_set(message, "a command has no field %.*s; it has %scustom and custom_hex",
                         (int)(bytes < 64 ? bytes : 64), name, known);
}

/* `field` NULL: custom, by either of its names. False: it was given before. */
static bool note_given(struct lq_command_draft *draft, const struct field *field)
{
    uint32_t bit = UINT32_C(1) << (field != NULL ? (size_t)(field - fields) : FIELD_COUNT);
    bool first = (draft->given & bit) == 0;

    draft->given |= bit;
    return first;
}

enum lq_result lq_command_fields_set(struct lq_command_draft *draft, const char *word,
                                     struct lq_error_message *message)
{
    const char *equals = strchr(word, '=');

    if (equals == NULL) {
        lq_error_message_set(message, "%.64s is not KEY=VALUE", word);
        return LQ_ERR_INVALID;
    }
    size_t bytes = (size_t)(equals - word);
    const struct field *field = find_field(word, bytes);
    bool hex = bytes == 10 && memcmp(word, "custom_hex", bytes) == 0;
    bool custom = bytes == 6 && memcmp(word, "custom", bytes) == 0;
    if (field == NULL && !hex && !custom) {
        say_unknown(word, bytes, message);
        return LQ_ERR_INVALID;
    }
    if (!note_given(draft, field)) {
        lq_error_message_set(message, "%.64s: %.*s is given twice", word,
                             (int)(bytes < 64 ? bytes : 64), word);
        return LQ_ERR_INVALID;
    }
    bool stored = field != NULL ? store_text(draft, field, equals + 1)
                                : store_custom(draft, equals + 1, strlen(equals + 1), hex);
    if (!stored) {
        lq_error_message_set(message, "%.64s: %.*s is %s", word, (int)(bytes < 64 ? bytes : 64),
                             word, wanted(field, hex));
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

/* Whether a key of a JSON line was taken. */
static bool store_json(struct lq_command_draft *draft, const char *key, json_t *value)
{
    const struct field *field = find_field(key, strlen(key));

    if (field != NULL && json_is_number(value)) {
        return store_number(&draft->command, field, json_number_value(value));
    }
    if (field != NULL && field->type == FIELD_BEHAVIOR && json_is_string(value)) {
        return store_text(draft, field, json_string_value(value));
    }
    bool hex = strcmp(key, "custom_hex") == 0;
    if (json_is_string(value) && (hex || strcmp(key, "custom") == 0)) {
        return store_custom(draft, json_string_value(value), json_string_length(value), hex);
    }
    return false;
}

enum lq_result lq_command_fields_from_json(struct lq_command_draft *draft, json_t *object,
                                           struct lq_error_message *message)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const char *key = NULL;
    json_t *value = NULL;

    if (kind == NULL) {
        lq_error_message_set(message, "a command needs a \"kind\"");
        return LQ_ERR_INVALID;
    }
    enum lq_result rc = lq_command_fields_begin(draft, kind, message);
    if (rc != LQ_OK) {
        return rc;
    }
    if (json_object_get(object, "custom") != NULL &&
        json_object_get(object, "custom_hex") != NULL) {
        lq_error_message_set(message, "custom and custom_hex are the same field: one of them");
        return LQ_ERR_INVALID;
    }
    json_object_foreach(object, key, value)
    {
        bool known =
            strcmp(key, "kind") == 0 || strcmp(key, "session") == 0 || strcmp(key, "tenant") == 0;
        if (!known && !store_json(draft, key, value)) {
            const struct field *field = find_field(key, strlen(key));
            bool hex = strcmp(key, "custom_hex") == 0;
            if (field == NULL && !hex && strcmp(key, "custom") != 0) {
                say_unknown(key, strlen(key), message);
            } else {
                lq_error_message_set(message, "\"%.64s\" is %s%s", key,
                                     field == NULL ? "a string: " : "", wanted(field, hex));
            }
            return LQ_ERR_INVALID;
        }
    }
    return LQ_OK;
}

static json_t *load_field(const struct lq_command *command, const struct field *field)
{
    const char *from = (const char *)command + field->offset;
    uint32_t number = 0;
    float single = 0;
    double value = 0;

    switch (field->type) {
    case FIELD_BEHAVIOR:
        return *(const uint8_t *)from == 0
                   ? NULL
                   : json_string(lq_command_fields_behavior_name(*(const uint8_t *)from));
    case FIELD_BYTE:
        number = *(const uint8_t *)from;
        break;
    case FIELD_NUMBER:
        memcpy(&number, from, sizeof number);
        break;
    case FIELD_FLOAT:
        memcpy(&single, from, sizeof single);
        return single == 0 ? NULL : json_real((double)single);
    case FIELD_DOUBLE:
        memcpy(&value, from, sizeof value);
        return value == 0 ? NULL : json_real(value);
    }
    return number == 0 ? NULL : json_integer(number);
}

/* Text that can be read and, as a line of submit, becomes the same bytes again. */
static bool is_printable(struct lq_view bytes)
{
    for (size_t index = 0; index < bytes.bytes; index++) {
        uint8_t byte = bytes.data[index];
        if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return lq_wire_text_valid(bytes.data, bytes.bytes);
}

json_t *lq_command_fields_to_json(const struct lq_command *command)
{
    json_t *object = json_pack("{s:s}", "kind", lq_command_kind_name(command->kind));

    for (size_t index = 0; index < FIELD_COUNT; index++) {
        json_t *value = load_field(command, &fields[index]);
        if (value != NULL) {
            json_object_set_new(object, fields[index].name, value);
        }
    }
    if (command->custom.bytes > 0 && is_printable(command->custom)) {
        json_object_set_new(object, "custom", lq_json_output_text(command->custom));
    } else if (command->custom.bytes > 0) {
        json_object_set_new(object, "custom_hex",
                            lq_json_output_hex(command->custom.data, command->custom.bytes));
    }
    return object;
}

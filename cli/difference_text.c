// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/difference_text.h"

#include "base/contract.h"
#include "cli/command_fields.h"
#include "cli/json_output.h"
#include "cli/text_output.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *of_name(enum lq_difference_of of)
{
    switch (of) {
    case LQ_DIFFERENCE_OF_BODY:
        return "body";
    case LQ_DIFFERENCE_OF_AGENT:
        return "agent";
    case LQ_DIFFERENCE_OF_PLAYER:
        return "player";
    case LQ_DIFFERENCE_OF_WORLD:
        return "world";
    }
    LQ_ASSERT(false);
    return "";
}

const char *lq_difference_text_what(const struct lq_world_change *difference, char *to)
{
    char digits[LQ_TEXT_HASH_BYTES];

    switch (difference->of) {
    case LQ_DIFFERENCE_OF_BODY:
        snprintf(to, LQ_DIFFERENCE_TEXT_BYTES, "body %u", difference->body);
        break;
    case LQ_DIFFERENCE_OF_AGENT:
        snprintf(to, LQ_DIFFERENCE_TEXT_BYTES, "agent of body %u", difference->body);
        break;
    case LQ_DIFFERENCE_OF_PLAYER:
        lq_text_output_hash(difference->client.bytes, LQ_CLIENT_ID_BYTES * 2, digits);
        snprintf(to, LQ_DIFFERENCE_TEXT_BYTES, "player %s", digits);
        break;
    case LQ_DIFFERENCE_OF_WORLD:
        snprintf(to, LQ_DIFFERENCE_TEXT_BYTES, "world");
        break;
    }
    return to;
}

const char *lq_difference_text_kind(const struct lq_world_change *difference)
{
    static const char *const names[] = {"", "added", "removed", "changed"};

    return names[difference->kind];
}

static bool reads_back(const struct lq_field_value *value, const char *text)
{
    return value->is_float ? (double)strtof(text, NULL) == value->number
                           : strtod(text, NULL) == value->number;
}

const char *lq_difference_text_value(const struct lq_field_value *value, char *to)
{
    switch (value->type) {
    case LQ_FIELD_INTEGER:
        snprintf(to, LQ_DIFFERENCE_TEXT_BYTES, "%" PRId64, value->integer);
        break;
    case LQ_FIELD_NUMBER:
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(to, LQ_DIFFERENCE_TEXT_BYTES, "%.*g", digits, value->number);
            if (reads_back(value, to)) {
                break;
            }
        }
        break;
    case LQ_FIELD_BEHAVIOR:
        snprintf(to, LQ_DIFFERENCE_TEXT_BYTES, "%s",
                 lq_command_fields_behavior_name((uint8_t)value->integer));
        break;
    case LQ_FIELD_BYTES:
        snprintf(to, LQ_DIFFERENCE_TEXT_BYTES, "%zu bytes", value->bytes.bytes);
        break;
    }
    return to;
}

static json_t *value_json(const struct lq_field_value *value)
{
    switch (value->type) {
    case LQ_FIELD_INTEGER:
        return json_integer((json_int_t)value->integer);
    case LQ_FIELD_NUMBER:
        return json_real(value->number);
    case LQ_FIELD_BEHAVIOR:
        return json_string(lq_command_fields_behavior_name((uint8_t)value->integer));
    case LQ_FIELD_BYTES:
        return lq_json_output_hex(value->bytes.data, value->bytes.bytes);
    }
    LQ_ASSERT(false);
    return NULL;
}

json_t *lq_difference_text_json(const struct lq_world_change *difference)
{
    json_t *object = json_pack("{s:s}", "of", of_name(difference->of));

    if (difference->of == LQ_DIFFERENCE_OF_PLAYER) {
        json_object_set_new(object, "client",
                            lq_json_output_hex(difference->client.bytes, LQ_CLIENT_ID_BYTES));
    } else if (difference->of != LQ_DIFFERENCE_OF_WORLD) {
        json_object_set_new(object, "body", lq_json_output_number(difference->body));
    }
    json_object_set_new(object, "kind", json_string(lq_difference_text_kind(difference)));
    if (difference->kind == LQ_DIFFERENCE_CHANGED) {
        json_object_set_new(object, "field", json_string(difference->field));
        json_object_set_new(object, "before", value_json(&difference->before));
        json_object_set_new(object, "after", value_json(&difference->after));
    }
    return object;
}

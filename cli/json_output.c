// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/json_output.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "base/standard_output.h"
#include "cli/command_fields.h"

#include <inttypes.h>
#include <stdlib.h>

bool lq_json_output_write(const char *name, json_t *document, FILE *to)
{
    char schema[64];
    json_t *whole = json_object();

    LQ_ASSERT(document != NULL);
    snprintf(schema, sizeof schema, "lqctl.%s/v1", name);
    json_object_set_new(whole, "schema", json_string(schema));
    json_object_update(whole, document);
    json_decref(document);
    int rc = json_dumpf(whole, to, JSON_COMPACT);
    json_decref(whole);
    return rc == 0 && fputc('\n', to) != EOF && ferror(to) == 0;
}

void lq_json_output_print(const char *name, json_t *document)
{
    (void)lq_json_output_write(name, document, stdout);
    (void)lq_standard_output_flush(); /* at the end, what did not arrive is told */
}

json_t *lq_json_output_hex(const uint8_t *bytes, size_t count)
{
    static const char hex[] = "0123456789abcdef";
    char *digits = lq_alloc(count * 2 + 1, 1);

    for (size_t index = 0; index < count; index++) {
        digits[index * 2] = hex[bytes[index] >> 4];
        digits[index * 2 + 1] = hex[bytes[index] & 15];
    }
    json_t *value = json_stringn(digits, count * 2);
    free(digits);
    return value;
}

json_t *lq_json_output_text(struct lq_view text)
{
    json_t *value = json_stringn(text.bytes > 0 ? (const char *)text.data : "", text.bytes);

    return value != NULL ? value : lq_json_output_hex(text.data, text.bytes);
}

json_t *lq_json_output_letter_id(uint64_t id)
{
    char text[32];

    snprintf(text, sizeof text, "dlq_%016" PRIx64, id);
    return json_string(text);
}

json_t *lq_json_output_number(uint64_t number)
{
    return json_integer((json_int_t)number);
}

json_t *lq_json_output_config(const struct lq_session_config *config)
{
    char seed[32];

    /* a seed may be beyond what JSON numbers of other programs hold */
    snprintf(seed, sizeof seed, "%" PRIu64, config->seed);
    return json_pack("{s:s,s:I,s:I,s:I,s:f,s:f,s:f,s:b}", "seed", seed, "rate_numerator",
                     (json_int_t)config->rate_numerator, "rate_denominator",
                     (json_int_t)config->rate_denominator, "steps_per_command",
                     (json_int_t)config->steps_per_command, "width", config->width, "height",
                     config->height, "restitution", (double)config->restitution, "attended",
                     (int)config->attended);
}

/* An entry of each type of columns.def. */
#define JSON_U8(value) json_integer((json_int_t)(value))
#define JSON_U32(value) json_integer((json_int_t)(value))
#define JSON_I32(value) json_integer((json_int_t)(value))
#define JSON_F32(value) json_real((double)(value))
#define JSON_F64(value) json_real(value)
#define JSON_BEHAVIOR(value) json_string(lq_command_fields_behavior_name(value))

/* The key of an agent is the body that it stands in. */
#define IF_KEY(...)
#define IF_STAYS(...) __VA_ARGS__

static json_t *agent_of(const struct lq_world *world, uint32_t agent)
{
    json_t *object = json_object();

#define LQ_AGENT_COLUMN(name, type, form, rule, limit, initial, predictor, rate, wire, view, json, \
                        text)                                                                      \
    IF_##view(json_object_set_new(object, json, JSON_##type(world->name[agent]));)
#include "world/columns.def"
    return object;
}

static json_t *body_of(const struct lq_world *world, uint32_t body)
{
    json_t *object = json_object();

#define LQ_BODY_COLUMN(name, type, form, rule, limit, initial, predictor, rate, wire, view, json,  \
                       text)                                                                       \
    json_object_set_new(object, json, JSON_##type(world->name[body]));
#include "world/columns.def"
    return object;
}

json_t *lq_json_output_world(const struct lq_world *world)
{
    json_t *bodies = json_array();
    json_t *players = json_array();

    for (uint32_t index = 0; index < world->body_count; index++) {
        json_t *body = body_of(world, index);
        uint32_t agent = lq_world_find_agent(world, world->body_id[index]);
        if (agent != LQ_BODY_NONE) {
            json_object_set_new(body, "agent", agent_of(world, agent));
        }
        json_array_append_new(bodies, body);
    }
    for (uint32_t index = 0; index < world->player_count; index++) {
        json_array_append_new(
            players,
            json_pack("{s:o,s:I}", "client",
                      lq_json_output_hex(world->player_client[index].bytes, LQ_CLIENT_ID_BYTES),
                      "body", (json_int_t)world->player_body[index]));
    }
    return json_pack("{s:o,s:o,s:o}", "bodies", bodies, "players", players, "tenant_bytes",
                     lq_json_output_hex(world->tenant_bytes, world->tenant_bytes_count));
}

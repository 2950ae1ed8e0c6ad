// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/rules_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define PATH_BYTES 512

struct parsing {
    struct lq_error_message *message;
    bool failed;
    char place[32]; /* of the object that is read, in front of its fields: "create[1]." */
};

static void LQ_PRINTF(2, 3) fault(struct parsing *parsing, const char *format, ...)
{
    if (!parsing->failed) {
        va_list arguments;
        char text[128];
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        lq_error_message_set(parsing->message, "%s%s", parsing->place, text);
        parsing->failed = true;
    }
}

/* The names that an object may have; NULL ends them. */
static void check_names(struct parsing *parsing, json_t *object, const char *const *names)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        size_t at = 0;
        while (names[at] != NULL && strcmp(names[at], name) != 0) {
            at++;
        }
        if (names[at] == NULL) {
            fault(parsing, "%.32s: no field of a template", name);
        }
    }
}

static bool take_object(struct parsing *parsing, const json_t *in, const char *name, json_t **to)
{
    *to = json_object_get(in, name);
    if (*to != NULL && !json_is_object(*to)) {
        fault(parsing, "%s: an object", name);
        return false;
    }
    return *to != NULL;
}

static double take_number(struct parsing *parsing, const json_t *in, const char *name, double usual)
{
    const json_t *value = json_object_get(in, name);

    if (value == NULL) {
        return usual;
    }
    if (!json_is_number(value)) {
        fault(parsing, "%s: a number", name);
    }
    return json_number_value(value);
}

static uint32_t take_count(struct parsing *parsing, const json_t *in, const char *name,
                           uint32_t usual)
{
    const json_t *value = json_object_get(in, name);

    if (value == NULL) {
        return usual;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > UINT32_MAX) {
        fault(parsing, "%s: a whole number", name);
        return usual;
    }
    return (uint32_t)json_integer_value(value);
}

static bool take_flag(struct parsing *parsing, const json_t *in, const char *name)
{
    const json_t *value = json_object_get(in, name);

    if (value != NULL && !json_is_boolean(value)) {
        fault(parsing, "%s: true or false", name);
    }
    return json_is_true(value);
}

static void take_name(struct parsing *parsing, const json_t *in, const char *name, char *to,
                      size_t bytes_max)
{
    const json_t *value = json_object_get(in, name);
    const char *text = json_string_value(value);

    if (text == NULL || json_string_length(value) >= bytes_max ||
        strlen(text) != json_string_length(value)) {
        fault(parsing, "%s: a text of at most %zu bytes", name, bytes_max - 1);
        return;
    }
    memcpy(to, text, strlen(text) + 1);
}

static void take_kinds(struct parsing *parsing, const json_t *list, struct lq_player_rules *rules)
{
    size_t at;
    json_t *value;

    if (list == NULL) {
        return;
    }
    memset(rules->kinds, 0, sizeof rules->kinds);
    if (!json_is_array(list)) {
        fault(parsing, "kinds: a list");
    }
    json_array_foreach(list, at, value)
    {
        const char *text = json_string_value(value);
        uint8_t kind = LQ_COMMAND_JOIN;
        while (kind <= LQ_COMMAND_KIND_LAST &&
               (text == NULL || strcmp(text, lq_command_kind_name(kind)) != 0)) {
            kind++;
        }
        if (kind > LQ_COMMAND_KIND_LAST) {
            fault(parsing, "kinds: %.32s is none", text == NULL ? "?" : text);
            return;
        }
        rules->kinds[kind] = true;
    }
}

static uint8_t take_kind(struct parsing *parsing, const json_t *in, const char *name, uint8_t usual)
{
    uint32_t kind = take_count(parsing, in, name, usual);

    if (kind > UINT8_MAX) {
        fault(parsing, "%s: 0 to 255", name);
    }
    return (uint8_t)kind;
}

static void take_join(struct parsing *parsing, json_t *join, struct lq_player_rules *rules)
{
    static const char *const names[] = {"x",        "y",          "width",      "height",
                                        "radius",   "radius_min", "radius_max", "kind",
                                        "kind_min", "kind_max",   NULL};

    snprintf(parsing->place, sizeof parsing->place, "join.");
    check_names(parsing, join, names);
    rules->join_x = take_number(parsing, join, "x", rules->join_x);
    rules->join_y = take_number(parsing, join, "y", rules->join_y);
    rules->join_width = take_number(parsing, join, "width", rules->join_width);
    rules->join_height = take_number(parsing, join, "height", rules->join_height);
    rules->radius = (float)take_number(parsing, join, "radius", (double)rules->radius);
    rules->radius_min = (float)take_number(parsing, join, "radius_min", (double)rules->radius);
    rules->radius_max = (float)take_number(parsing, join, "radius_max", (double)rules->radius);
    rules->kind = take_kind(parsing, join, "kind", 0);
    rules->kind_min = take_kind(parsing, join, "kind_min", rules->kind);
    rules->kind_max = take_kind(parsing, join, "kind_max", rules->kind);
    parsing->place[0] = '\0';
}

static void take_creation(struct parsing *parsing, json_t *from, struct lq_creation_rule *rule)
{
    static const char *const names[] = {
        "name",   "prefix",      "count", "own",      "width",
        "height", "restitution", "rate",  "attended", "steps_per_command",
        NULL};
    json_t *rate = json_object_get(from, "rate");
    json_int_t numerator = 0;
    json_int_t denominator = 1;

    check_names(parsing, from, names);
    *rule = (struct lq_creation_rule){.count = take_count(parsing, from, "count", 1),
                                      .own = take_flag(parsing, from, "own"),
                                      .attended = take_flag(parsing, from, "attended")};
    take_name(parsing, from, "name", rule->name, sizeof rule->name);
    take_name(parsing, from, "prefix", rule->prefix, sizeof rule->prefix);
    if (rate != NULL && json_unpack(rate, "[I,I!]", &numerator, &denominator) != 0) {
        numerator = json_integer_value(rate);
        if (!json_is_integer(rate)) {
            fault(parsing, "rate: a whole number, or a list of two");
        }
    }
    if (numerator < 0 || numerator > LQ_RATE_PART_MAX || denominator < 1 ||
        denominator > LQ_RATE_PART_MAX) {
        fault(parsing, "rate: out of range");
        return;
    }
    rule->config = (struct lq_session_config){
        .rate_numerator = (uint32_t)numerator,
        .rate_denominator = (uint32_t)denominator,
        .steps_per_command = take_count(parsing, from, "steps_per_command", 1),
        .width = take_number(parsing, from, "width", 100),
        .height = take_number(parsing, from, "height", 100),
        .restitution = (float)take_number(parsing, from, "restitution", 0.5)};
}

static void take_creations(struct parsing *parsing, const json_t *list,
                           struct lq_player_rules *rules)
{
    if (list == NULL) {
        return;
    }
    if (!json_is_array(list) || json_array_size(list) > LQ_CREATION_RULES_MAX) {
        fault(parsing, "create: a list of at most %u", LQ_CREATION_RULES_MAX);
        return;
    }
    for (size_t at = 0; at < json_array_size(list); at++) {
        json_t *from = json_array_get(list, at);
        if (!json_is_object(from)) {
            fault(parsing, "create: a list of objects");
            return;
        }
        snprintf(parsing->place, sizeof parsing->place, "create[%zu].", at);
        take_creation(parsing, from, &rules->creations[rules->creation_count++]);
        parsing->place[0] = '\0';
    }
}

static void take_template(struct parsing *parsing, json_t *root, struct lq_player_rules *rules)
{
    static const char *const names[] = {"kinds",        "thrust_max",       "impulse_max",
                                        "strength_max", "custom_bytes_max", "commands_per_s",
                                        "join",         "create",           NULL};
    json_t *join;

    check_names(parsing, root, names);
    take_kinds(parsing, json_object_get(root, "kinds"), rules);
    rules->thrust_max = take_number(parsing, root, "thrust_max", rules->thrust_max);
    rules->impulse_max = take_number(parsing, root, "impulse_max", rules->impulse_max);
    rules->strength_max = take_number(parsing, root, "strength_max", rules->strength_max);
    rules->custom_bytes_max =
        take_count(parsing, root, "custom_bytes_max", rules->custom_bytes_max);
    rules->commands_per_s = take_count(parsing, root, "commands_per_s", rules->commands_per_s);
    if (take_object(parsing, root, "join", &join)) {
        take_join(parsing, join, rules);
    }
    take_creations(parsing, json_object_get(root, "create"), rules);
}

enum lq_result lq_rules_file_parse(struct lq_view text, struct lq_player_rules *rules,
                                   struct lq_error_message *message)
{
    struct parsing parsing = {.message = message};
    json_error_t error;
    const char *wrong;
    json_t *root = json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, &error);

    lq_player_rules_default(rules);
    if (!json_is_object(root)) {
        if (root == NULL) {
            lq_error_message_set(message, "no JSON object: line %d: %.80s", error.line, error.text);
        } else {
            lq_error_message_set(message, "no JSON object: another value");
        }
        json_decref(root);
        return LQ_ERR_INVALID;
    }
    take_template(&parsing, root, rules);
    json_decref(root);
    if (!parsing.failed && lq_player_rules_check(rules, &wrong) != LQ_OK) {
        fault(&parsing, "%s: out of range", wrong);
    }
    return parsing.failed ? LQ_ERR_INVALID : LQ_OK;
}

/* LQ_ERR_NOT_FOUND: there is none. */
static enum lq_result read_all(const char *path, char *text, size_t *bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* a pipe too */

    if (fd < 0) {
        return errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO;
    }
    *bytes = 0;
    for (;;) {
        ssize_t got = read(fd, text + *bytes, LQ_RULES_FILE_BYTES_MAX + 1 - *bytes);
        if (got <= 0) {
            close(fd);
            return got == 0 ? LQ_OK : LQ_ERR_IO;
        }
        *bytes += (size_t)got;
        if (*bytes > LQ_RULES_FILE_BYTES_MAX) {
            close(fd);
            return LQ_ERR_LIMIT;
        }
    }
}

enum lq_result lq_rules_file_read(const char *folder, const char *tenant,
                                  struct lq_player_rules *rules, struct lq_error_message *message)
{
    static char text[LQ_RULES_FILE_BYTES_MAX + 1];
    char path[PATH_BYTES];
    struct lq_error_message why;
    size_t bytes;

    snprintf(path, sizeof path, "%s/templates/%s.json", folder, tenant);
    enum lq_result result = read_all(path, text, &bytes);
    if (result == LQ_ERR_NOT_FOUND) {
        lq_player_rules_default(rules);
        return LQ_OK;
    }
    if (result == LQ_OK) {
        result = lq_rules_file_parse(lq_view_of(text, bytes), rules, &why);
        if (result != LQ_OK) {
            lq_error_message_set(message, "%.300s: %.150s", path, why.text);
        }
    } else {
        lq_error_message_set(message, "%.300s: %s", path, lq_result_text(result));
    }
    if (result != LQ_OK) {
        *rules = (struct lq_player_rules){.commands_per_s = 1};
    }
    return result;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/invocation.h"

#include "base/contract.h"
#include "cli/command_help.h"
#include "cli/command_table.h"
#include "proto/admin_codec.h"
#include "proto/wire_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct found_option {
    const struct lq_command_option *option;
    size_t index;
    bool global;
};

static bool option_named(const struct lq_command_option *options, size_t count, const char *text,
                         size_t bytes, bool is_letter, size_t *index)
{
    for (*index = 0; *index < count; (*index)++) {
        const struct lq_command_option *option = &options[*index];
        if (is_letter ? option->letter == text[0]
                      : strlen(option->name) == bytes && memcmp(option->name, text, bytes) == 0) {
            return true;
        }
    }
    return false;
}

static bool find_option(const struct lq_command_entry *command, const char *text, size_t bytes,
                        bool is_letter, struct found_option *found)
{
    size_t count = 0;
    const struct lq_command_option *globals = lq_command_table_globals(&count);

    if (command != NULL && option_named(command->options, command->option_count, text, bytes,
                                        is_letter, &found->index)) {
        found->option = &command->options[found->index];
        found->global = false;
        return true;
    }
    if (option_named(globals, count, text, bytes, is_letter, &found->index)) {
        found->option = &globals[found->index];
        found->global = true;
        return true;
    }
    return false;
}

static bool set_global(struct lq_invocation *invocation, const char *name, const char *value,
                       struct lq_error_message *message)
{
    if (strcmp(name, "config") == 0) {
        invocation->config_path = value;
        invocation->config_origin = "-c";
        if (value[0] == '\0') {
            lq_error_message_set(message, "--config needs the name of a file");
            return false;
        }
    } else if (strcmp(name, "output") == 0) {
        invocation->json = strcmp(value, "json") == 0;
        if (!invocation->json && strcmp(value, "text") != 0) {
            lq_error_message_set(message, "--output is text or json, not %.200s", value);
            return false;
        }
    } else if (strcmp(name, "json") == 0) {
        invocation->json = true;
    } else if (strcmp(name, "timeout") == 0) {
        invocation->timeout_given = true;
        if (!lq_invocation_duration(value, &invocation->timeout_ms)) {
            lq_error_message_set(
                message, "--timeout %s is no duration (10s, 500ms, 2m; at most 24h)", value);
            return false;
        }
    } else if (strcmp(name, "yes") == 0) {
        invocation->yes = true;
    } else if (strcmp(name, "no-input") == 0) {
        invocation->no_input = true;
    } else if (strcmp(name, "dry-run") == 0) {
        invocation->dry_run = true;
    } else if (strcmp(name, "reason") == 0) {
        invocation->reason = value;
        if (strlen(value) > LQ_OPERATOR_REASON_BYTES_MAX ||
            !lq_wire_text_valid((const uint8_t *)value, strlen(value))) {
            lq_error_message_set(message, "--reason is a text of at most %u bytes",
                                 LQ_OPERATOR_REASON_BYTES_MAX);
            return false;
        }
    } else if (strcmp(name, "quiet") == 0) {
        invocation->quiet = true;
    } else if (strcmp(name, "version") == 0) {
        invocation->version = true;
    } else {
        LQ_ASSERT(strcmp(name, "help") == 0);
        invocation->help = true;
    }
    return true;
}

/* Take the option at argv[*at] and, where it has one, its value. */
static bool take_option(struct lq_invocation *invocation, int argc, char **argv, int *at,
                        struct lq_error_message *message)
{
    const char *text = argv[*at];
    bool is_letter = text[1] != '-';
    const char *name = is_letter ? text + 1 : text + 2;
    const char *equals = is_letter ? NULL : strchr(name, '=');
    size_t bytes = is_letter ? 1 : equals != NULL ? (size_t)(equals - name) : strlen(name);
    const char *value = equals != NULL                 ? equals + 1
                        : is_letter && name[1] != '\0' ? name + 1
                                                       : NULL;
    struct found_option found;

    const struct lq_command_entry *command = invocation->command;
    if (!find_option(command, name, bytes, is_letter, &found)) {
        lq_error_message_set(message, "unknown option %.200s; see: lqctl help%s%s%s%s", text,
                             command != NULL ? " " : "", command != NULL ? command->noun : "",
                             command != NULL && command->verb != NULL ? " " : "",
                             command != NULL && command->verb != NULL ? command->verb : "");
        return false;
    }
    if (found.option->argument == NULL && value != NULL) {
        lq_error_message_set(message, "--%s takes no value", found.option->name);
        return false;
    }
    if (found.option->argument != NULL && value == NULL) {
        if (*at + 1 >= argc) {
            lq_error_message_set(message, "--%s needs a value (%s)", found.option->name,
                                 found.option->argument);
            return false;
        }
        value = argv[++*at];
    }
    value = value == NULL ? "" : value;
    if (found.global) {
        return set_global(invocation, found.option->name, value, message);
    }
    invocation->values[found.index] = value;
    return true;
}

/* One or two words name a command. Global options may stand before and between them. */
static bool take_words(struct lq_invocation *invocation, int argc, char **argv,
                       struct lq_error_message *message)
{
    const char *words[2] = {NULL, NULL};
    int at_words[2] = {0, 0};
    size_t count = 0;

    for (int at = 1; at < argc && count < 2; at++) {
        if (argv[at][0] == '-' && argv[at][1] != '\0') {
            if (strcmp(argv[at], "--") == 0 || !take_option(invocation, argc, argv, &at, message)) {
                return false;
            }
            continue;
        }
        words[count] = argv[at];
        at_words[count++] = at;
        invocation->command = lq_command_table_find(words[0], words[1]);
        if (invocation->command != NULL) {
            break;
        }
    }
    if (invocation->command == NULL) {
        if (count > 0) {
            lq_command_help_unknown(words[0], words[1], message);
        } else {
            message->text[0] = '\0';
        }
        return count == 0 && (invocation->help || invocation->version);
    }
    for (size_t word = 0; word < count; word++) {
        argv[at_words[word]] = NULL; /* so that the second walk passes them by */
    }
    return true;
}

/* A variable that is set to nothing is not set. */
static void find_config(struct lq_invocation *invocation)
{
    const char *named = getenv("LQ_CONFIG");

    if (invocation->config_path != NULL) {
        return;
    }
    bool set = named != NULL && named[0] != '\0';
    invocation->config_path = set ? named : "./run/ledgerquest.cfg";
    invocation->config_origin = set ? "LQ_CONFIG" : "";
}

enum lq_exit_code lq_invocation_parse(struct lq_invocation *invocation, int argc, char **argv,
                                      struct lq_error_message *message)
{
    *invocation = (struct lq_invocation){.timeout_ms = LQ_INVOCATION_TIMEOUT_MS_USUAL};
    invocation->arguments = argv;
    message->text[0] = '\0';
    if (!take_words(invocation, argc, argv, message)) {
        return LQ_EXIT_USAGE;
    }
    bool options_over = false;
    for (int at = 1; at < argc && invocation->command != NULL; at++) {
        if (argv[at] == NULL) {
            continue;
        }
        if (!options_over && strcmp(argv[at], "--") == 0) {
            options_over = true;
        } else if (!options_over && argv[at][0] == '-' && argv[at][1] != '\0') {
            if (!take_option(invocation, argc, argv, &at, message)) {
                return LQ_EXIT_USAGE;
            }
        } else {
            invocation->arguments[invocation->argument_count++] = argv[at];
        }
    }
    const struct lq_command_entry *command = invocation->command;
    if (command != NULL && command->arguments[0] == '\0' && invocation->argument_count > 0 &&
        !invocation->help) {
        lq_error_message_set(message, "%s%s%s takes no argument, not %.200s", command->noun,
                             command->verb != NULL ? " " : "",
                             command->verb != NULL ? command->verb : "", invocation->arguments[0]);
        return LQ_EXIT_USAGE;
    }
    find_config(invocation);
    return LQ_EXIT_OK;
}

const char *lq_invocation_value(const struct lq_invocation *invocation, const char *name)
{
    size_t index = 0;
    bool known = option_named(invocation->command->options, invocation->command->option_count, name,
                              strlen(name), false, &index);

    LQ_ASSERT(known);
    return invocation->values[index];
}

bool lq_invocation_number(const struct lq_invocation *invocation, const char *name,
                          struct lq_number_range range, uint64_t *value,
                          struct lq_error_message *message)
{
    const char *text = lq_invocation_value(invocation, name);
    char *end = NULL;

    *value = range.usual;
    if (text == NULL) {
        return true;
    }
    errno = 0;
    *value = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10); /* 010 is ten */
    if (errno != 0 || !isdigit((unsigned char)text[0]) || *end != '\0' || *value < range.least ||
        *value > range.most) {
        lq_error_message_set(message, "--%s %s is no whole number from %llu to %llu", name, text,
                             (unsigned long long)range.least, (unsigned long long)range.most);
        return false;
    }
    return true;
}

/* Digits alone, up to `end`; strtoull() takes signs and blanks too. */
static bool read_whole(const char *text, const char *end, uint64_t *value)
{
    char *stop = NULL;

    errno = 0;
    *value = strtoull(text, &stop, 10);
    return errno == 0 && isdigit((unsigned char)text[0]) && stop == end;
}

bool lq_invocation_frames(const struct lq_invocation *invocation, struct lq_frame_range *range,
                          struct lq_error_message *message)
{
    const char *text = lq_invocation_value(invocation, "frames");
    const char *dots = text == NULL ? NULL : strstr(text, "..");

    if (text == NULL) {
        lq_error_message_set(message, "say which frames: --frames A..B");
    } else if (dots == NULL || !read_whole(text, dots, &range->from) ||
               !read_whole(dots + 2, dots + strlen(dots), &range->to)) {
        lq_error_message_set(message,
                             "--frames %.200s: not two frames: A..B, two whole numbers up to %llu",
                             text, (unsigned long long)UINT64_MAX);
    } else if (range->from > range->to) {
        lq_error_message_set(message, "--frames %.200s: the first is behind the second", text);
    } else {
        return true;
    }
    return false;
}

bool lq_invocation_duration(const char *text, uint32_t *ms)
{
    static const struct {
        const char *suffix;
        double ms;
    } units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}};
    char *end = NULL;
    double value = strtod(text, &end);

    if (end == text || !(value >= 0)) {
        return false;
    }
    for (size_t unit = 0; unit < sizeof units / sizeof units[0]; unit++) {
        if (strcmp(end, units[unit].suffix) == 0 && value * units[unit].ms <= 86400000.0) {
            *ms = (uint32_t)(value * units[unit].ms);
            return true;
        }
    }
    return false;
}

bool lq_invocation_session_path(const char *text, struct lq_session_path *path)
{
    const char *slash = strchr(text, '/');

    if (slash == NULL) {
        return false;
    }
    size_t tenant_bytes = (size_t)(slash - text);
    size_t session_bytes = strlen(slash + 1);
    if (!lq_tenant_name_valid(lq_view_of(text, tenant_bytes)) ||
        !lq_session_name_valid(lq_view_of(slash + 1, session_bytes))) {
        return false;
    }
    memcpy(path->tenant, text, tenant_bytes);
    path->tenant[tenant_bytes] = '\0';
    memcpy(path->session, slash + 1, session_bytes + 1);
    return true;
}

bool lq_invocation_session_argument(const struct lq_invocation *invocation,
                                    struct lq_session_path *path, struct lq_error_message *message)
{
    const struct lq_command_entry *command = invocation->command;
    const char *verb = command->verb != NULL ? command->verb : "";
    const char *blank = command->verb != NULL ? " " : "";

    if (invocation->argument_count == 0) {
        lq_error_message_set(message, "%s%s%s needs a session: TENANT/SESSION", command->noun,
                             blank, verb);
    } else if (invocation->argument_count > 1) {
        lq_error_message_set(message, "%s%s%s takes one session, not %.200s as well", command->noun,
                             blank, verb, invocation->arguments[1]);
    } else if (!lq_invocation_session_path(invocation->arguments[0], path)) {
        lq_error_message_set(
            message,
            "%.200s is no session: say TENANT/SESSION, 1 to %d and 1 to %d of [A-Za-z0-9._-]",
            invocation->arguments[0], LQ_TENANT_NAME_BYTES_MAX, LQ_SESSION_NAME_BYTES_MAX);
    } else {
        return true;
    }
    return false;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* invocation.h - one command line, taken apart by the table of commands. Options may stand anywhere
 * behind the command's name; "--" ends them. Everything borrowed from argv. */
#ifndef LQ_INVOCATION_H
#define LQ_INVOCATION_H

#include "base/error_message.h"
#include "base/view.h"
#include "cli/exit_code.h"
#include "world/identity.h"
#include "world/world_limits.h"

#define LQ_INVOCATION_OPTIONS_MAX 16u
#define LQ_INVOCATION_TIMEOUT_MS_USUAL 10000u

struct lq_command_entry;

struct lq_invocation {
    const struct lq_command_entry *command;
    const char
        *values[LQ_INVOCATION_OPTIONS_MAX]; /* by index in the command's options; "" for a flag */
    char **arguments;
    int argument_count;
    bool help;
    bool version;
    /* global options */
    const char *config_path;
    const char *config_origin; /* "-c", "LQ_CONFIG" or, for the usual place, "" */
    bool json;
    bool yes;
    bool no_input;
    bool dry_run;
    const char *reason; /* why, for the record; NULL: none was given */
    bool quiet;
    bool timeout_given;
    uint32_t timeout_ms;
};

/* LQ_EXIT_OK or LQ_EXIT_USAGE with `message`. Reorders argv. */
enum lq_exit_code lq_invocation_parse(struct lq_invocation *invocation, int argc, char **argv,
                                      struct lq_error_message *message);

/* The value of an option of the command: NULL when not given, "" for a flag. The name must be in
 * the command's entry. */
const char *lq_invocation_value(const struct lq_invocation *invocation, const char *name);

/* A whole number within [least, most]; `usual` when not given. False: `message` says why. */
struct lq_number_range {
    uint64_t least, most, usual;
};
bool lq_invocation_number(const struct lq_invocation *invocation, const char *name,
                          struct lq_number_range range, uint64_t *value,
                          struct lq_error_message *message);

/* "10", "10s", "500ms", "2m" to milliseconds. */
bool lq_invocation_duration(const char *text, uint32_t *ms);

/* The option --frames, which must be given: "A..B", two whole numbers, A not above B. False:
 * `message` says why. */
struct lq_frame_range {
    uint64_t from, to;
};
bool lq_invocation_frames(const struct lq_invocation *invocation, struct lq_frame_range *range,
                          struct lq_error_message *message);

/* TENANT/SESSION, both valid names. */
struct lq_session_path {
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
};
bool lq_invocation_session_path(const char *text, struct lq_session_path *path);

/* The only argument is such a path, or `message` says what is wrong with it. */
bool lq_invocation_session_argument(const struct lq_invocation *invocation,
                                    struct lq_session_path *path, struct lq_error_message *message);

#endif

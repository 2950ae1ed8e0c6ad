// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/flood_options.h"

#include "bench/command_line.h"
#include "proto/client_codec.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_USAGE = 2 };

#define TEXT(key, field, usual, help)                                                              \
    {                                                                                              \
        key, LQ_OPTION_TEXT, offsetof(struct lq_flood_options, field), "", 0, 0, usual, help       \
    }
#define NUMBER(key, field, unit, least, most, usual, help)                                         \
    {                                                                                              \
        key, LQ_OPTION_NUMBER, offsetof(struct lq_flood_options, field), unit, least, most, usual, \
            help                                                                                   \
    }

static const struct lq_option table[] = {
    TEXT("config", config, "", "configuration file of the cluster; required"),
    TEXT("tenant", tenant, "flood", "whose sessions are flooded; made if it does not exist"),
    TEXT("prefix", prefix, "flood", "sessions are PREFIX-00001 and so on; made if missing"),
    NUMBER("sessions", sessions, "", 1, LQ_FLOOD_SESSIONS_MAX, "64", "of the tenant, in turn"),
    NUMBER("connections", connections, "", 1, LQ_FLOOD_CONNECTIONS_MAX, "1",
           "to the broker, in turn; each says that it is another client"),
    NUMBER("one-client", one_client, "flag", 0, 1, "0",
           "all connections say that they are the same client"),
    NUMBER("commands", commands, "", 1, LQ_SUBMIT_COMMANDS_MAX, "64", "of a message"),
    NUMBER("rate", rate, "commands/s", 0, 100000000, "0",
           "of all connections; 0: as many as the broker reads"),
    NUMBER("custom-bytes", custom_bytes, "bytes", 0, LQ_CUSTOM_BYTES_MAX, "0",
           "each command is a Custom of so many bytes; 0: a push of the first body"),
    NUMBER("seconds", seconds, "s", 1, 3600, "10", "of sending"),
    NUMBER("drain", drain, "s", 0, 3600, "2", "of waiting for the last answers"),
    NUMBER("json", json, "flag", 0, 1, "0", "one JSON object on stdout"),
};

static void demand(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "lq-flood: %s; see --help\n", what);
        exit(EXIT_USAGE);
    }
}

void lq_flood_options_read(int argc, char **argv, struct lq_flood_options *options)
{
    lq_command_line_read(argc, argv,
                         "a tenant that does not listen: sends commands whatever is answered,\n"
                         "each under a number that is free, and counts the answers.",
                         table, sizeof table / sizeof table[0], options);
    demand(options->config[0] != '\0', "--config FILE is required");
    demand(lq_tenant_name_valid(lq_view_text(options->tenant)), "--tenant is no name of a tenant");
    demand(lq_session_name_valid(lq_view_text(options->prefix)) &&
               strlen(options->prefix) + strlen("-00001") <= LQ_SESSION_NAME_BYTES_MAX,
           "--prefix does not begin the name of a session");
}

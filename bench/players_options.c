// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/players_options.h"

#include "bench/command_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_USAGE = 2 };

#define TEXT(key, field, usual, help)                                                              \
    {                                                                                              \
        key, LQ_OPTION_TEXT, offsetof(struct lq_players_options, field), "", 0, 0, usual, help     \
    }
#define NUMBER(key, field, unit, least, most, usual, help)                                         \
    {                                                                                              \
        key, LQ_OPTION_NUMBER, offsetof(struct lq_players_options, field), unit, least, most,      \
            usual, help                                                                            \
    }

static const struct lq_option table[] = {
    TEXT("players", players, "", "a file, a line for each: SESSION TOKEN; required"),
    TEXT("address", address, "127.0.0.1", "of the gateway"),
    NUMBER("port", port, "", 1, 65535, "8470", "of the gateway, in clear"),
    NUMBER("command-rate", command_rate, "commands/s", 1, 100, "4", "of each player"),
    NUMBER("in-turn", in_turn, "commands", 0, 1000, "0",
           "one player after the other, so many commands each, the next on the receipt"),
    NUMBER("warmup", warmup, "s", 0, 3600, "2", "under the same load, not measured"),
    NUMBER("seconds", seconds, "s", 1, 3600, "10", "measured"),
};

static void demand(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "lq-players: %s; see --help\n", what);
        exit(EXIT_USAGE);
    }
}

void lq_players_options_read(int argc, char **argv, struct lq_players_options *options)
{
    lq_command_line_read(argc, argv,
                         "players at a gateway, and how long it takes them: command to receipt,\n"
                         "command to the first state that contains it. One JSON object on stdout.",
                         table, sizeof table / sizeof table[0], options);
    demand(options->players[0] != '\0', "--players FILE is required");
}

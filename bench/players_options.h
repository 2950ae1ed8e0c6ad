// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* players_options.h - the command line of lq-players. */
#ifndef LQ_PLAYERS_OPTIONS_H
#define LQ_PLAYERS_OPTIONS_H

#include "base/option_table.h"

#define LQ_PLAYERS_MAX_OF_FILE 10000u

struct lq_players_options {
    char players[LQ_OPTION_TEXT_BYTES_MAX];
    char address[LQ_OPTION_TEXT_BYTES_MAX];
    uint64_t port;
    uint64_t command_rate; /* of each player */
    uint64_t in_turn;      /* commands of a player; 0: all play at once */
    uint64_t warmup, seconds;
};

/* Ends the process when the command line is not understood. */
void lq_players_options_read(int argc, char **argv, struct lq_players_options *options);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* flood_options.h - the command line of lq-flood. */
#ifndef LQ_FLOOD_OPTIONS_H
#define LQ_FLOOD_OPTIONS_H

#include "base/option_table.h"

#define LQ_FLOOD_CONNECTIONS_MAX 1000u
#define LQ_FLOOD_SESSIONS_MAX 10000u

struct lq_flood_options {
    char config[LQ_OPTION_TEXT_BYTES_MAX];
    char tenant[LQ_OPTION_TEXT_BYTES_MAX];
    char prefix[LQ_OPTION_TEXT_BYTES_MAX];
    uint64_t connections, sessions;
    uint64_t commands; /* of a message */
    uint64_t rate;     /* commands a second of all connections; 0: as fast as the broker reads */
    uint64_t custom_bytes;
    uint64_t one_client; /* all connections say that they are the same client */
    uint64_t seconds, drain;
    uint64_t json;
};

/* Ends the process when the command line is not understood. */
void lq_flood_options_read(int argc, char **argv, struct lq_flood_options *options);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* command_help.h - the table of commands as text. */
#ifndef LQ_COMMAND_HELP_H
#define LQ_COMMAND_HELP_H

#include "base/error_message.h"
#include "cli/command_table.h"

#include <stdio.h>

/* "unknown command X; did you mean Y?" */
void lq_command_help_unknown(const char *noun, const char *verb, struct lq_error_message *message);

/* The list of commands, and the help of one. */
void lq_command_help_overview(FILE *to);
void lq_command_help_command(const struct lq_command_entry *command, FILE *to);

/* The commands of one noun; false: no such noun. */
bool lq_command_help_noun(const char *noun, FILE *to);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* command_table.h - every command of lqctl once: its words, arguments, options and function. The
 * parser and the help (command_help.h) are made from it. */
#ifndef LQ_COMMAND_TABLE_H
#define LQ_COMMAND_TABLE_H

#include "cli/invocation.h"

#include <stddef.h>

struct lq_command_option {
    const char *name;     /* without the dashes */
    char letter;          /* '\0': none */
    const char *argument; /* NULL: a flag */
    const char *help;
};

struct lq_command_entry {
    const char *noun;
    const char *verb;      /* NULL: the noun is the whole command */
    const char *arguments; /* for the synopsis, "" for none */
    const char *summary;   /* one line */
    const char *details;   /* paragraphs; NULL: the summary says all */
    const char *example;
    const struct lq_command_option *options;
    size_t option_count;
    enum lq_exit_code (*run)(const struct lq_invocation *invocation);
};

const struct lq_command_entry *lq_command_table(size_t *count);

/* Options that every command takes. */
const struct lq_command_option *lq_command_table_globals(size_t *count);

/* The command of these words; `verb` may be NULL. NULL: none. */
const struct lq_command_entry *lq_command_table_find(const char *noun, const char *verb);

#endif

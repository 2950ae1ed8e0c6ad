// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* command_line.h - "--key value" from a table of options; a NUMBER whose unit is "flag" has no
 * value and becomes 1. */
#ifndef LQ_COMMAND_LINE_H
#define LQ_COMMAND_LINE_H

#include "base/option_table.h"

/* Takes care of stdout (base/standard_output.h), sets the defaults, then what the command line
 * says. Ends the process: by 0 after --help and --version, by 2 when something is not understood.
 */
void lq_command_line_read(int argc, char **argv, const char *what, const struct lq_option *table,
                          size_t count, void *fields);

#endif

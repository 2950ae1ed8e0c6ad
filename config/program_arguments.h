// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* program_arguments.h - the command line of a program of the cluster: --config FILE, --instance
 * NAME, --help, --version. What it is told lies in the configuration. */
#ifndef LQ_PROGRAM_ARGUMENTS_H
#define LQ_PROGRAM_ARGUMENTS_H

#include "base/option_table.h"

struct lq_program {
    const char *name, *version;
    const struct lq_option *options; /* of its own; those of the cluster are listed with them */
    size_t option_count;
};

/* The path of the configuration; *instance stays as it is unless it is named. --help and --version
 * print and end the process with 0; a mistake is said on stderr and ends it with 64. */
const char *lq_program_arguments_parse(const struct lq_program *program, int argc, char **argv,
                                       const char **instance);

#endif

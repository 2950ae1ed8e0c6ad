// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* program_configuration.h - how a program of the cluster begins: what it is told by the file that
 * its command line names, and its log at the level that stands there. */
#ifndef LQ_PROGRAM_CONFIGURATION_H
#define LQ_PROGRAM_CONFIGURATION_H

#include "config/config_file.h"
#include "config/program_arguments.h"

#define LQ_PROGRAM_EXIT_CONFIG 78 /* so it is not started again before somebody has mended it */

/* Fill `cluster` and the program's own `fields` from the file, open the log as program and
 * `instance` say, and log what holds. The log's level is that of the program's option of the type
 * LEVEL. What is wrong is logged, with file and line, and ends the process with
 * LQ_PROGRAM_EXIT_CONFIG. */
void lq_program_configuration_read(const struct lq_program *program, const char *path,
                                   const char *instance, struct lq_cluster_config *cluster,
                                   void *fields);

#endif

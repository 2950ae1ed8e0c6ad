// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* durable_file.h - a file that is there as a whole after any crash, or not at all: written under a
 * temporary name in its folder, synced, renamed, and the folder synced. */
#ifndef LQ_DURABLE_FILE_H
#define LQ_DURABLE_FILE_H

#include "base/result.h"

#include <stdbool.h>
#include <stdio.h>

#define LQ_DURABLE_FILE_PATH_BYTES 1100
#define LQ_DURABLE_FILE_MESSAGE_BYTES 1536

struct lq_durable_file {
    char path[LQ_DURABLE_FILE_PATH_BYTES];
    char temporary_path[LQ_DURABLE_FILE_PATH_BYTES];
    FILE *stream; /* write here */
};

/* Mode 0600. LQ_ERR_IO with `message` (LQ_DURABLE_FILE_MESSAGE_BYTES). */
LQ_MUST_CHECK enum lq_result lq_durable_file_begin(struct lq_durable_file *file, const char *path,
                                                   char *message);

/* The file is at its path, on disk. `replace` false: LQ_ERR_EXISTS when something is there already.
 * After any result the file is closed and the temporary one gone. */
LQ_MUST_CHECK enum lq_result lq_durable_file_commit(struct lq_durable_file *file, bool replace,
                                                    char *message);

/* Give up what was begun. May be called twice, and after commit. */
void lq_durable_file_abandon(struct lq_durable_file *file);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* durable_file.h - a file that is there as a whole after any crash, or not at all.
 *
 * A new file is written without a name (O_TMPFILE) and gets its name when it is on disk: whatever
 * kills the program, nothing is left. A file that replaces another, and a new one on a file system
 * or machine that cannot do that, is written as PATH.lqctl-tmp under a lock and renamed or linked.
 * A PATH.lqctl-tmp that a killed program left is taken over by the next that writes PATH. */
#ifndef LQ_DURABLE_FILE_H
#define LQ_DURABLE_FILE_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>
#include <stdio.h>

#define LQ_DURABLE_FILE_PATH_BYTES 1100

struct lq_durable_file {
    char path[LQ_DURABLE_FILE_PATH_BYTES];
    char temporary_path[LQ_DURABLE_FILE_PATH_BYTES]; /* "": it has no name yet */
    bool replaces;
    FILE *stream; /* write here */
};

/* Mode 0600. `replaces`: what is at the path is replaced at the end; else it must not exist.
 * LQ_ERR_EXISTS; LQ_ERR_BUSY: another program writes it; LQ_ERR_IO; each with `message`
 *. */
LQ_MUST_CHECK enum lq_result lq_durable_file_begin(struct lq_durable_file *file, const char *path,
                                                   bool replaces, struct lq_error_message *message);

/* The file is at its path, on disk. LQ_ERR_EXISTS when something came there meanwhile. After any
 * result the file is closed and nothing temporary is left. */
LQ_MUST_CHECK enum lq_result lq_durable_file_commit(struct lq_durable_file *file,
                                                    struct lq_error_message *message);

/* Give up what was begun. May be called twice, and after commit. */
void lq_durable_file_abandon(struct lq_durable_file *file);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* data_folder.h - a new data folder that is there when it is complete, and not before: it is filled
 * under another name beside its own, and renamed at the end. */
#ifndef LQ_DATA_FOLDER_H
#define LQ_DATA_FOLDER_H

#include "base/error_message.h"
#include "base/result.h"

#include <limits.h>

struct lq_data_folder {
    char path[PATH_MAX];   /* as it is to be called */
    char filled[PATH_MAX]; /* PATH.restoring-PID, until it is complete; "": there is none */
};

/* LQ_ERR_EXISTS: something is there that is no empty folder, or none that can be replaced, or there
 * is no folder to make it in; LQ_ERR_INVALID: the path is too long; LQ_ERR_DISK_FULL, LQ_ERR_IO;
 * `message`. Ended by lq_data_folder_keep() or lq_data_folder_remove(). */
LQ_MUST_CHECK enum lq_result lq_data_folder_make(struct lq_data_folder *folder, const char *path,
                                                 struct lq_error_message *message);

/* A file of mode 0600 in a folder 0700 of it, on the disk on return: a copy of another one. */
LQ_MUST_CHECK enum lq_result lq_data_folder_copy_key(const struct lq_data_folder *folder,
                                                     const char *from,
                                                     struct lq_error_message *message);

/* Give it its name, durably. */
LQ_MUST_CHECK enum lq_result lq_data_folder_keep(struct lq_data_folder *folder,
                                                 struct lq_error_message *message);

/* Remove it with all that is in it, unless it was kept. */
void lq_data_folder_remove(struct lq_data_folder *folder);

#endif

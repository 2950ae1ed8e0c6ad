// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* private_file.h - small files that only their owner may read: keys of tenants, tickets. */
#ifndef LQ_PRIVATE_FILE_H
#define LQ_PRIVATE_FILE_H

#include "base/error_message.h"
#include "base/result.h"

#include <stddef.h>
#include <stdint.h>

#define LQ_PRIVATE_FILE_PATH_BYTES 512

/* Make a folder of mode 0700 if it is not there. LQ_ERR_IO; LQ_ERR_PERMISSION: it is there and
 * others may look into it. */
LQ_MUST_CHECK enum lq_result lq_private_file_make_folder(const char *path,
                                                         struct lq_error_message *message);

/* Read a whole file, at most bytes_max bytes. LQ_ERR_NOT_FOUND; LQ_ERR_PERMISSION: no file of
 * ours that only we may read; LQ_ERR_LIMIT; LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_private_file_read(const char *path, uint8_t *to, size_t bytes_max,
                                                  size_t *bytes, struct lq_error_message *message);

#endif

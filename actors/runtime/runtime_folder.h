// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* runtime_folder.h - the folder of sockets, locks and progress cells must be ours alone: whoever
 * can write there can pretend to be the broker. */
#ifndef LQ_RUNTIME_FOLDER_H
#define LQ_RUNTIME_FOLDER_H

#include "base/error_message.h"
#include "base/result.h"

/* LQ_ERR_INVALID: missing, not a folder, not ours or not mode 0700. */
LQ_MUST_CHECK enum lq_result lq_runtime_folder_check(const char *path,
                                                     struct lq_error_message *message);

#endif

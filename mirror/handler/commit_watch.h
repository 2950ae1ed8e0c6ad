// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* commit_watch.h - hears of commits to a store by the writes to its file, so that a mirror sleeps
 * for as long as nothing happens. */
#ifndef LQ_COMMIT_WATCH_H
#define LQ_COMMIT_WATCH_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>

/* A descriptor that is readable when the store in `folder` was written; the caller's, to close.
 * LQ_ERR_IO with `message`. */
LQ_MUST_CHECK enum lq_result lq_commit_watch_open(const char *folder, int *descriptor,
                                                  struct lq_error_message *message);

/* Read it empty; whether there was anything. */
bool lq_commit_watch_take(int descriptor);

#endif

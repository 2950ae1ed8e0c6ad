// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* unfinished_store.h - a new store's folder that is there when it is complete, and not before: it
 * is filled as FOLDER.converting, and renamed at the end. Who was killed on the way leaves that,
 * and whoever comes next begins anew. */
#ifndef LQ_UNFINISHED_STORE_H
#define LQ_UNFINISHED_STORE_H

#include "base/error_message.h"
#include "base/result.h"

#include <limits.h>
#include <stdbool.h>

struct lq_unfinished_store {
    char folder[PATH_MAX];  /* as it is to be called */
    char filling[PATH_MAX]; /* until it is complete */
};

/* Name them. LQ_ERR_EXISTS: `folder` is there; LQ_ERR_INVALID: the path is too long; `message`. */
LQ_MUST_CHECK enum lq_result lq_unfinished_store_name(struct lq_unfinished_store *store,
                                                      const char *folder,
                                                      struct lq_error_message *message);

/* Remove what an earlier one left, if it did: *left. LQ_ERR_EXISTS: that has files which no store
 * has; LQ_ERR_BUSY: somebody fills it; LQ_ERR_IO; `message`. */
LQ_MUST_CHECK enum lq_result lq_unfinished_store_clear(const struct lq_unfinished_store *store,
                                                       bool *left,
                                                       struct lq_error_message *message);

/* Give it its name, durably. LQ_ERR_EXISTS: somebody else did, with another one. */
LQ_MUST_CHECK enum lq_result lq_unfinished_store_keep(const struct lq_unfinished_store *store,
                                                      struct lq_error_message *message);

/* Remove it. */
void lq_unfinished_store_drop(const struct lq_unfinished_store *store);

#endif

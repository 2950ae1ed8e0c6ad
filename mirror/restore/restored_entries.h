// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* restored_entries.h - what the streams' entries are to a restore: each goes into the store that it
 * is of, and the notes of the control stream tell which tenants, keys and sessions there are. */
#ifndef LQ_RESTORED_ENTRIES_H
#define LQ_RESTORED_ENTRIES_H

#include "mirror/restore/restoring.h"

/* Both are lq_table_walk_fn; `context` is a struct lq_restoring. LQ_ERR_CORRUPT with *why: an entry
 * that does not belong into that stream, or that its store refuses. */
LQ_MUST_CHECK enum lq_result
lq_restored_entries_take_of_control(void *context, const struct lq_segment_entry *entry,
                                    const char **why);

/* Of the tenant restoring->at. */
LQ_MUST_CHECK enum lq_result
lq_restored_entries_take_of_tenant(void *context, const struct lq_segment_entry *entry,
                                   const char **why);

/* Likewise, of what was taken before: records alone. */
LQ_MUST_CHECK enum lq_result lq_restored_entries_take_again(void *context,
                                                            const struct lq_segment_entry *entry,
                                                            const char **why);

#endif

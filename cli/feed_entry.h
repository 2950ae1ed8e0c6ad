// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_entry.h - one entry of the change feed, for people and for programs. */
#ifndef LQ_FEED_ENTRY_H
#define LQ_FEED_ENTRY_H

#include "cli/invocation.h"
#include "store/lmdb/ledger_feed.h"

/* "R:E". False: not such a position. */
bool lq_feed_entry_position(const char *text, struct lq_feed_position *position);

/* What is printed: an entry, where to go on behind it, and what was opened of it. */
struct lq_feed_line {
    const struct lq_feed_entry *entry;
    struct lq_feed_position behind;
    bool is_open; /* else sealed: no key, or it was destroyed */
    struct lq_feed_plain plain;
};

/* LQ_ERR_CORRUPT: it cannot be read; nothing is printed. */
LQ_MUST_CHECK enum lq_result lq_feed_entry_print(const struct lq_feed_line *line, bool json);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_items.h - entries of the change feed as they lie in the ledger, turned into what is told
 * of them: opened, and with names. Used by load for READ_FEED and by lqctl for its host's store. */
#ifndef LQ_FEED_ITEMS_H
#define LQ_FEED_ITEMS_H

#include "base/arena.h"
#include "proto/feed_item.h"
#include "store/lmdb/ledger_feed.h"

enum { LQ_FEED_ITEMS_NAMES_MAX = 32 };

struct lq_feed_known_names {
    uint64_t session_number;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
};

/* Whoever reads one entry after the other. */
struct lq_feed_items {
    lq_ledger_t *ledger;
    struct lq_feed_place at; /* behind the entry taken last */
    uint8_t *plain;          /* LQ_FEED_PLAIN_BYTES_MAX */
    uint8_t *record;         /* LQ_FEED_RUN_BYTES_MIN: of an event whose session is not known yet */
    struct lq_feed_known_names names[LQ_FEED_ITEMS_NAMES_MAX]; /* of the sessions met last */
    uint32_t name_count, name_next;
};

/* The entry that follows items->at; texts of the item lie in `arena`. What nobody can open is
 * `closed`, and no error. Outside of a read transaction. LQ_ERR_CORRUPT: it cannot be read;
 * LQ_ERR_LIMIT: the arena is full. */
LQ_MUST_CHECK enum lq_result lq_feed_items_take(struct lq_feed_items *items,
                                                const struct lq_feed_entry *entry,
                                                struct lq_arena *arena, struct lq_feed_item *item);

#endif

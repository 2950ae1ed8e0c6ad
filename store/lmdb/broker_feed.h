// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_feed.h - the outbox of the broker's store, for a process that is not the broker: opened
 * beside it, without its lock, with the store's key. A reader keeps a sequence and writes nothing;
 * how far it has come is told to the broker as a cursor (SET_BROKER_CURSOR), which keeps what lies
 * behind it. Read transactions are short: entries are copied out. */
#ifndef LQ_BROKER_FEED_H
#define LQ_BROKER_FEED_H

#include "store/lmdb/broker_store.h"

typedef struct lq_broker_feed lq_broker_feed_t;

/* The store in `folder`. `message` is for the operator. LQ_ERR_NOT_FOUND: there is none yet, or it
 * is of a format without outbox, which the broker gives it when it opens it. LQ_ERR_VERSION.
 * LQ_ERR_KEY, LQ_ERR_PERMISSION: broker.key. LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result lq_broker_feed_open(const char *folder, lq_broker_feed_t **feed,
                                                 struct lq_error_message *message);
void lq_broker_feed_close(lq_broker_feed_t **feed);

enum { LQ_BROKER_FEED_ENTRIES_MAX = 256, LQ_BROKER_FEED_RUN_BYTES_MIN = LQ_BROKER_ENTRY_BYTES_MAX };

struct lq_broker_feed_entry {
    uint64_t sequence;
    struct lq_view value; /* the whole entry in clear: lq_broker_entry_read() */
};

/* What follows a sequence, in order. */
struct lq_broker_feed_run {
    uint8_t
        *memory; /* lent by the caller; values lie in it: LQ_BROKER_FEED_RUN_BYTES_MIN at least */
    size_t bytes_max;
    struct lq_broker_feed_entry entries[LQ_BROKER_FEED_ENTRIES_MAX];
    uint32_t count; /* 0: nothing has happened since */
    bool is_behind; /* as of lq_feed_run: look again soon */
};

/* Copy out and open what follows `after`. LQ_ERR_STALE: that was trimmed. LQ_ERR_INVALID: the
 * outbox has not come so far. LQ_ERR_CORRUPT: an entry does not open, or is missing. */
LQ_MUST_CHECK enum lq_result lq_broker_feed_read(lq_broker_feed_t *feed, uint64_t after,
                                                 struct lq_broker_feed_run *run);

LQ_MUST_CHECK enum lq_result lq_broker_feed_state(lq_broker_feed_t *feed,
                                                  struct lq_broker_feed_state *state);

#endif

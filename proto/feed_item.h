// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_item.h - an entry of a partition's change feed as the wire tells it: a record, or an entry
 * of the outbox behind it (docs/ledger-format.md, Outbox). Plain structs. */
#ifndef LQ_FEED_ITEM_H
#define LQ_FEED_ITEM_H

#include "world/tick.h"

/* How far somebody has read: all records up to one, all entries of the outbox up to one. */
struct lq_feed_place {
    uint64_t ledger_sequence, outbox_sequence;
};

enum lq_feed_item_kind {
    LQ_FEED_ITEM_RECORD = 1,
    LQ_FEED_ITEM_EVENT,
    LQ_FEED_ITEM_TENANT,    /* it was created */
    LQ_FEED_ITEM_SESSION,   /* it was created */
    LQ_FEED_ITEM_KEY,       /* a generation of the tenant's key was made, or destroyed */
    LQ_FEED_ITEM_LETTER,    /* that frame decided the letter */
    LQ_FEED_ITEM_AGAIN,     /* what the tables hold is told again from here on */
    LQ_FEED_ITEM_RETENTION, /* for how long the tenant's frames are kept */
    LQ_FEED_ITEM_DELETED,   /* the session was, at that frame */
    LQ_FEED_ITEM_KIND_LAST = LQ_FEED_ITEM_DELETED
};

/* FeedItem of client.proto, by the same names. What its kind has not is zero, or empty. */
struct lq_feed_item {
    enum lq_feed_item_kind kind;
    struct lq_feed_place behind; /* to go on from when this one is dealt with */
    uint64_t record; /* itself; of an entry of the outbox the one that it comes after; 0: before all
                      */
    uint64_t tenant_number, session_number, frame;
    struct lq_view tenant, session; /* of a record and an event both, where they are not closed */
    uint8_t hash[32];               /* of a record; of a deletion, of the last one */
    uint32_t record_bytes;          /* of a record, as stored */
    struct lq_tick_event event;
    uint32_t event_index; /* in its frame */
    uint32_t key_generation;
    uint64_t letter_id;
    uint64_t retention_s; /* seconds; 0: for ever */
    bool again;           /* it is told again, of what was there before */
    bool closed;          /* of a record, an event: its key was destroyed */
    bool quiet;           /* no event leaves of it: its tenant does not subscribe to that */
};

#endif

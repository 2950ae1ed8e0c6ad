// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_store_handle.h - what the files of the broker's store know of it; for them alone. */
#ifndef LQ_BROKER_STORE_HANDLE_H
#define LQ_BROKER_STORE_HANDLE_H

#include "store/lmdb/broker_layout.h"
#include "store/lmdb/broker_store.h"

/* How far the outbox has come. */
struct lq_broker_outbox {
    uint64_t next_sequence;
    uint64_t count;
    uint64_t bytes; /* keys and values */
};

static inline uint64_t lq_broker_outbox_first(const struct lq_broker_outbox *outbox)
{
    return outbox->next_sequence - outbox->count;
}

struct lq_broker_store {
    struct lq_lmdb_environment environment;
    uint64_t epoch;
    bool is_restored; /* as of its options */
    uint8_t history[LQ_BROKER_HISTORY_BYTES];
    MDB_txn *write_txn; /* between begin and commit */
    uint8_t *plain;     /* the value being opened */
    size_t plain_bytes;
    uint8_t *entry; /* of the outbox, being written */
    size_t entry_bytes;
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint64_t outbox_bytes_max;         /* 0: no bound */
    struct lq_broker_outbox outbox;    /* with the transaction under way */
    struct lq_broker_outbox committed; /* before it */
    uint64_t put_bytes;                /* of the outbox, in the transaction under way */
    uint64_t begun;                    /* transactions */
    bool is_full;                      /* the newest one found no room in the map */
    lq_broker_store_quiet_fn is_quiet; /* NULL: no entry is */
    void *quiet_context;
};

/* Seal a value and put it, with the flags of mdb_put(). */
LQ_MUST_CHECK enum lq_result lq_broker_store_put_sealed(lq_broker_store_t *store,
                                                        struct lq_broker_place place,
                                                        struct lq_view value, unsigned flags);

/* Open a stored value into store->plain. */
LQ_MUST_CHECK enum lq_result lq_broker_store_open_value(lq_broker_store_t *store,
                                                        struct lq_broker_place place,
                                                        struct lq_view stored,
                                                        struct lq_view *value);

/* One more entry of the outbox, within the transaction under way. Its sequence, epoch and time are
 * filled in. */
LQ_MUST_CHECK enum lq_result lq_broker_outbox_append(lq_broker_store_t *store,
                                                     struct lq_broker_entry *entry,
                                                     const struct lq_broker_entry_body *body);

/* A put for each entry of each table that entries tell of: a store of a format before had no
 * outbox. */
LQ_MUST_CHECK enum lq_result lq_broker_outbox_tell_all(lq_broker_store_t *store);

/* Let go of what lies before the entry of every cursor, and of the oldest where there is too much:
 * a part of it with each transaction, in proportion to what it has put. */
LQ_MUST_CHECK enum lq_result lq_broker_outbox_trim(lq_broker_store_t *store);

/* One more cursor, as it is stored and opened. LQ_ERR_CORRUPT: it is none, or one too many. */
LQ_MUST_CHECK enum lq_result lq_broker_store_take_cursor(struct lq_view key, struct lq_view value,
                                                         struct lq_broker_feed_state *state);

#endif

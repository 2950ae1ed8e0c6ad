// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_layout.h - how the broker's store lies in LMDB: its databases, its sealed values, and the
 * entry that says what it has. For the broker, which writes it, and for readers of its outbox.
 *
 * A value: version u16, table u8, zero u8, then a sealed box under the store's key whose associated
 * data are these four bytes and the entry's key, so that no value passes for that of another key.
 *
 * The meta entry: format u32, epoch u64, transaction u64, digest of the meta page before, entries
 * of each table u64; since format 4 the next sequence of the outbox u64 and the bytes in it u64; a
 * tag by the store's key over all of these. */
#ifndef LQ_BROKER_LAYOUT_H
#define LQ_BROKER_LAYOUT_H

#include "store/core/broker_entry.h"
#include "store/lmdb/broker_store.h"
#include "store/lmdb/lmdb_environment.h"
#include "store/seal/sealed_box.h"

/* A format more for each change of the tables. To add one: put it last in enum lq_broker_table and
 * in lq_broker_layout_databases, raise this, and let lq_broker_layout_tables() tell how many the
 * formats before had. */
#define LQ_BROKER_FORMAT 4u

enum {
    LQ_BROKER_DATABASE_META,
    LQ_BROKER_DATABASES = LQ_BROKER_TABLE_LAST + 1, /* tables lie at their own numbers */
    LQ_BROKER_VALUE_EXTRA_BYTES = 4 + LQ_SEALED_BOX_EXTRA_BYTES,
    LQ_BROKER_PLAIN_BYTES_MAX = LQ_BROKER_ENTRY_BYTES_MAX /* of any value */
};

extern const struct lq_lmdb_database lq_broker_layout_databases[LQ_BROKER_DATABASES];

/* Tables of a store of that format; 0: it is not known. */
uint32_t lq_broker_layout_tables(uint32_t format);

/* ---- values ---- */

struct lq_broker_place {
    uint32_t table; /* enum lq_broker_table */
    struct lq_view key;
};

/* To `to`, which has plain.bytes + LQ_BROKER_VALUE_EXTRA_BYTES. */
void lq_broker_layout_seal(const uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_broker_place place,
                           struct lq_view plain, uint8_t *to);

/* Bytes of a stored value once it is open; LQ_ERR_CORRUPT: none can be so long, or so short. */
LQ_MUST_CHECK enum lq_result lq_broker_layout_plain_bytes(struct lq_view stored, size_t *bytes);

/* Into `plain`, which has that many. LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result lq_broker_layout_open(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                                   struct lq_broker_place place,
                                                   struct lq_view stored, uint8_t *plain);

/* The key of an entry of the outbox, and the value of a cursor. */
enum { LQ_BROKER_SEQUENCE_BYTES = 8 };
void lq_broker_layout_put_sequence(uint64_t sequence, uint8_t to[LQ_BROKER_SEQUENCE_BYTES]);
uint64_t lq_broker_layout_get_sequence(const uint8_t from[LQ_BROKER_SEQUENCE_BYTES]);

/* ---- the meta entry ---- */

struct lq_broker_meta {
    uint32_t format;
    uint32_t tables; /* of its format */
    uint64_t epoch;
    uint64_t transaction; /* that wrote it */
    uint8_t page_before[LQ_HASH_BYTES];
    uint64_t counts[LQ_BROKER_TABLE_LAST + 1]; /* by table */
    uint64_t next_sequence;                    /* of the outbox */
    uint64_t outbox_bytes;                     /* keys and values of the outbox */
};

/* The sequence of the oldest entry; the next one if the outbox is empty. */
static inline uint64_t lq_broker_meta_first(const struct lq_broker_meta *meta)
{
    return meta->next_sequence - meta->counts[LQ_BROKER_TABLE_OUTBOX];
}

/* As the newest format has it. */
LQ_MUST_CHECK enum lq_result
lq_broker_layout_put_meta(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                          const uint8_t key[LQ_SEAL_KEY_BYTES], const struct lq_broker_meta *meta);

/* LQ_ERR_CORRUPT, and *what then says why (static). */
LQ_MUST_CHECK enum lq_result
lq_broker_layout_get_meta(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                          const uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_broker_meta *meta,
                          const char **what);

/* How many tables a store says that it has, before anything of it is checked; 0: its format is not
 * known. One that does not say has all, or is found to be damaged. */
uint32_t lq_broker_layout_count_tables(MDB_txn *txn);

/* An empty sealed box, made with the store: opens under the key that its values have.
 * LQ_ERR_KEY: not under this one. */
LQ_MUST_CHECK enum lq_result
lq_broker_layout_put_key_check(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                               const uint8_t key[LQ_SEAL_KEY_BYTES]);
LQ_MUST_CHECK enum lq_result
lq_broker_layout_check_key(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                           const uint8_t key[LQ_SEAL_KEY_BYTES]);

/* Which history the store is of, in a sealed box: random bytes, drawn when it was made.
 * LQ_ERR_NOT_FOUND: a program of before made it; LQ_ERR_CORRUPT: it does not open. */
LQ_MUST_CHECK enum lq_result
lq_broker_layout_put_history(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                             const uint8_t key[LQ_SEAL_KEY_BYTES],
                             const uint8_t history[LQ_BROKER_HISTORY_BYTES]);
LQ_MUST_CHECK enum lq_result
lq_broker_layout_get_history(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                             const uint8_t key[LQ_SEAL_KEY_BYTES],
                             uint8_t history[LQ_BROKER_HISTORY_BYTES]);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_handle.h - what stands behind an lq_ledger_t; for the files ledger*.c only. */
#ifndef LQ_LEDGER_HANDLE_H
#define LQ_LEDGER_HANDLE_H

#include "store/core/partition_state.h"
#include "store/core/wall_guard.h"
#include "store/lmdb/ledger.h"
#include "store/lmdb/lmdb_environment.h"
#include "store/seal/keyring.h"
#include "store/seal/record_seal.h"

/* Indexes of lq_lmdb_environment.databases. */
enum lq_ledger_database {
    LQ_LEDGER_RECORDS,
    LQ_LEDGER_HEADS,
    LQ_LEDGER_NAMES,
    LQ_LEDGER_KEYS,
    LQ_LEDGER_FRAMES,
    LQ_LEDGER_OUTBOX,
    LQ_LEDGER_CURSORS,
    LQ_LEDGER_LETTERS,
    LQ_LEDGER_PROOFS,
    LQ_LEDGER_META,
    LQ_LEDGER_DATABASES
};

/* Their names, flags and number. */
extern const struct lq_lmdb_database lq_ledger_databases[LQ_LEDGER_DATABASES];

enum { LQ_LEDGER_TENANTS_CACHED = 1024, LQ_LEDGER_AGES_CACHED = 4096 };

/* The newest key generation of a tenant, so that a commit need not look for it. */
struct lq_tenant_generation {
    uint64_t tenant_number; /* 0: empty */
    uint32_t generation;
};

/* How old a session's next piece is, so that its records, the oldest there are, need not be read
 * each time to find that it stays. */
struct lq_session_age {
    uint64_t session_number; /* 0: empty */
    uint64_t first_frame;
    uint64_t wall_ns;
    uint64_t retention_s;
};

/* One frame of a group, resolved; sorted by session, then by place in the group. */
struct lq_commit_slot {
    uint64_t session_number;
    uint64_t tenant_number;
    uint32_t item_index;
};

struct lq_ledger {
    struct lq_lmdb_environment environment;
    lq_keyring_t *keyring; /* NULL: opened without keys */
    char *folder;
    uint32_t partition;
    bool writing;
    uint64_t writer_epoch;
    MDB_txn *read_txn; /* kept and reset between batches; NULL before the first */
    bool reading;
    uint8_t
        keys_seen[LQ_HASH_BYTES]; /* sum of the table of keys that the keyring was filled from */
    uint8_t *plain;               /* salt and content of the record being opened */
    uint8_t *copied; /* a record that was copied out of its transaction; NULL before the first */

    size_t cache_bytes;
    struct lq_ledger_rebuild *rebuild; /* ledger_content.h; NULL before the first */

    /* of a writer */
    uint32_t keyframe_every;
    uint64_t group_count;      /* committed since the open */
    uint64_t outbox_bytes_max; /* 0: no bound */
    uint64_t retention_s;      /* of tenants that have none of their own */
    lq_ledger_clock_fn clock;
    struct lq_wall_guard wall_guard;
    uint64_t compacted_session;       /* the one that was looked at last */
    bool drop_waits_for_clock;        /* something is old if the wall clock is right */
    struct lq_commit_slot *slots;     /* LQ_COMMIT_ITEMS_MAX */
    struct lq_record_secret *secrets; /* LQ_COMMIT_ITEMS_MAX */
    struct lq_tenant_generation generations[LQ_LEDGER_TENANTS_CACHED];
    struct lq_session_age ages[LQ_LEDGER_AGES_CACHED];
};

#endif

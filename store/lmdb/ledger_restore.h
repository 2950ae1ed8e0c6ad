// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_restore.h - a new partition from what a copy of another one has: the same records and
 * notes at the same sequences, byte by byte, and a history of its own.
 *
 *     open --entry: notes--> names --key--> of a tenant --record, entry: events--> finish
 *                                              (a tenant after the other, or as they come)
 *
 * A copy may lack the ends of some sessions, so what points at a record that did not come is left
 * out at the end: names of sessions without a frame, notes and letters of frames that are not
 * there, tenants without keys. The state of the partition says from which sequences and numbers on
 * there is no gap; it gives none of them again.
 *
 * Everything is checked as it comes: tags, seals, and that each session's chain goes on. Memory
 * does not grow with the partition: what is only known at the end is decided in the tables.
 */
#ifndef LQ_LEDGER_RESTORE_H
#define LQ_LEDGER_RESTORE_H

#include "store/core/partition_state.h"
#include "store/lmdb/ledger.h"

typedef struct lq_ledger_restore lq_ledger_restore_t;

struct lq_ledger_restore_options {
    struct lq_ledger_options ledger; /* the folder is new, the master key file is there */
    uint64_t outbox_after;           /* entries of the outbox up to this one are not kept */
    const char *tenant; /* only what is about this one; others' numbers are not used again. NULL:
                         * everything */
};

/* LQ_ERR_EXISTS: there is a partition. All else as lq_ledger_open_writer(). The restore is the
 * caller's; destroyer: lq_ledger_restore_close(), which may be called twice. */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_open(const struct lq_ledger_restore_options *options,
                                                    lq_ledger_restore_t **restore,
                                                    struct lq_error_message *message);
void lq_ledger_restore_close(lq_ledger_restore_t **restore);

/* All of the following: LQ_ERR_CORRUPT, `why` says what does not fit; LQ_ERR_MAP_FULL,
 * LQ_ERR_DISK_FULL, LQ_ERR_IO. After any of them only close is left. */
const char *lq_ledger_restore_why(const lq_ledger_restore_t *restore);

/* After LQ_ERR_CORRUPT: a key is missing that was not destroyed. */
bool lq_ledger_restore_lacks_key(const lq_ledger_restore_t *restore);

/* Records so far that nobody can open any more, because their key was destroyed. */
uint64_t lq_ledger_restore_destroyed(const lq_ledger_restore_t *restore);

/* A whole entry of the outbox. Notes come before what they name; an event after its record. */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_entry(lq_ledger_restore_t *restore,
                                                     struct lq_view value);

/* A wrapped key, behind its tenant's note and before its records. */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_key(lq_ledger_restore_t *restore,
                                                   uint64_t tenant_number, struct lq_view wrapped);

/* A tenant's key of that generation, until the next call. LQ_ERR_KEY: it was destroyed.
 * LQ_ERR_NOT_FOUND: it did not come. */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_find_key(lq_ledger_restore_t *restore,
                                                        uint64_t tenant_number, uint32_t generation,
                                                        const uint8_t **key);

/* A new key for a tenant of which nothing is sealed yet: its own did not come. It is written to
 * `wrapped` too, LQ_WRAPPED_KEY_BYTES of it (store/seal/keyring.h). */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_new_key(lq_ledger_restore_t *restore,
                                                       uint64_t tenant_number, uint8_t *wrapped);

/* A whole record: the next one of its session. `begins_late`: where the copy has lost its oldest
 * records, so that a session may begin with a keyframe that is not its frame 0. One whose first
 * record is a delta waits for what that builds on, and none of its records is kept. */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_record(lq_ledger_restore_t *restore,
                                                      struct lq_view value, bool begins_late);

/* How often a session has begun to wait. */
uint64_t lq_ledger_restore_waits(const lq_ledger_restore_t *restore);

/* A record of a base: the first ends the waiting of its session. */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_base(lq_ledger_restore_t *restore,
                                                    struct lq_view value);

/* A record that came before: it is kept if it is the next one of its session after all. */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_again(lq_ledger_restore_t *restore,
                                                     struct lq_view value);

/* Sessions that begin late, so far; those that wait among them. */
uint64_t lq_ledger_restore_late(const lq_ledger_restore_t *restore);

/* What came of a session so far. LQ_ERR_NOT_FOUND: no note has named it. */
struct lq_restored_session {
    uint64_t tenant_number;
    uint64_t record_count;       /* 0: none; then the rest means nothing */
    uint64_t first_frame, frame; /* of its records */
    uint8_t hash[LQ_HASH_BYTES]; /* H of the newest */
};
LQ_MUST_CHECK enum lq_result lq_ledger_restore_session(lq_ledger_restore_t *restore,
                                                       uint64_t session_number,
                                                       struct lq_restored_session *session);

/* Called with each session that was named and has no record so far, with the ledger sequence of its
 * frame 0. Anything but LQ_OK of `each` ends it and is returned. */
typedef enum lq_result (*lq_ledger_restore_empty_fn)(void *context, uint64_t tenant_number,
                                                     uint64_t session_number,
                                                     uint64_t ledger_sequence);
LQ_MUST_CHECK enum lq_result lq_ledger_restore_each_empty(lq_ledger_restore_t *restore,
                                                          lq_ledger_restore_empty_fn each,
                                                          void *context);

struct lq_ledger_restored {
    uint64_t tenants, sessions, records, entries, letters;            /* that are there */
    uint64_t tenants_left, sessions_left, entries_left, letters_left; /* out, in the end */
    uint64_t ledger_sequence, outbox_sequence; /* the newest that came; 0: none */
    uint64_t epoch; /* the highest of a broker that records, notes and letter ids tell of */
    uint8_t history[LQ_HISTORY_ID_BYTES]; /* drawn for this partition */
};

/* Leave out what points nowhere, and write the state. A writer may open the partition after
 * close. */
LQ_MUST_CHECK enum lq_result lq_ledger_restore_finish(lq_ledger_restore_t *restore,
                                                      struct lq_ledger_restored *restored);

#endif

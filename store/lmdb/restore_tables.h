// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* restore_tables.h - a restore under way; for ledger_restore.c, which puts notes, events and keys
 * that come, restore_records.c, which puts records, and restore_tables.c, which takes out again
 * what points nowhere. */
#ifndef LQ_RESTORE_TABLES_H
#define LQ_RESTORE_TABLES_H

#include "store/lmdb/commit_group.h"
#include "store/lmdb/ledger_restore.h"

struct lq_ledger_restore {
    struct lq_commit_group group;   /* txn NULL: none is open */
    struct lq_partition_state next; /* its next numbers: above all that came */
    bool has_state;
    uint64_t outbox_after;
    uint32_t put_count;
    size_t put_bytes;
    uint64_t epoch;
    uint64_t late_count;                     /* sessions that begin late */
    uint64_t wait_count;                     /* times that a session began to wait */
    uint64_t destroyed_count;                /* records of which the key was destroyed */
    bool lacks_key;                          /* another key is missing */
    char only[LQ_TENANT_NAME_BYTES_MAX + 1]; /* "": everything */
    uint64_t only_number;                    /* of that tenant; 0: its note has not come */
    lq_ledger_restore_empty_fn each_empty;
    void *empty_context;
    uint8_t *plain; /* of the seal of an event */
    const char *why;
};

/* Until the end a tenant's name lies under its number too, in `keys` as generation 0, which no key
 * has; and a session without records has a head that counts none and holds its tenant's number,
 * where its first record lies, of which frame that is (0, unless it was told again late), and
 * whether it waits for what its first record builds on. */
enum { LQ_RESTORE_EMPTY_FRAME_AT = 16, LQ_RESTORE_WAITS_AT = 24 };

/* LQ_ERR_CORRUPT, and why. */
enum lq_result lq_restore_tables_refuse(lq_ledger_restore_t *restore, const char *why);

/* What came has used that number, that epoch. */
void lq_restore_tables_raise(uint64_t *next, uint64_t used);
void lq_restore_tables_see_epoch(lq_ledger_restore_t *restore, uint64_t epoch);

/* A transaction with room for a value of that many bytes; its state is in the group. */
LQ_MUST_CHECK enum lq_result lq_restore_tables_begin(lq_ledger_restore_t *restore, size_t bytes);

/* End the transaction, if there is one, with the state of the partition as it is now. */
LQ_MUST_CHECK enum lq_result lq_restore_tables_commit(lq_ledger_restore_t *restore);

/* Within the transaction. The value dies with the next put. */
LQ_MUST_CHECK enum lq_result lq_restore_tables_get(lq_ledger_restore_t *restore,
                                                   enum lq_ledger_database database,
                                                   struct lq_view key, struct lq_view *value);
LQ_MUST_CHECK enum lq_result lq_restore_tables_put(lq_ledger_restore_t *restore,
                                                   enum lq_ledger_database database,
                                                   struct lq_view key, struct lq_view value);

/* An entry that no other has put before. */
LQ_MUST_CHECK enum lq_result lq_restore_tables_put_new(lq_ledger_restore_t *restore,
                                                       enum lq_ledger_database database,
                                                       struct lq_view key, struct lq_view value);

/* A tenant's key, for what is refused without it. *key NULL: it was destroyed. */
LQ_MUST_CHECK enum lq_result lq_restore_tables_find_key(lq_ledger_restore_t *restore,
                                                        uint64_t tenant_number, uint32_t generation,
                                                        const uint8_t **key);

/* Whether a value of `heads` is the head of records that came; else it holds what a note told of a
 * session, and that it was deleted. */
bool lq_restore_tables_has_records(struct lq_view value, struct lq_head_state *head);

/* Whether two values of `names` are of the same tenant or session: for how long a tenant's frames
 * are kept may have been told between them. */
bool lq_restore_tables_same_name(enum lq_outbox_kind kind, struct lq_view one,
                                 struct lq_view other);

/* Of a tenant whose name has come: the newest one stands. LQ_ERR_NOT_FOUND: it has not. */
LQ_MUST_CHECK enum lq_result lq_restore_tables_retention(lq_ledger_restore_t *restore,
                                                         uint64_t tenant_number,
                                                         uint64_t retention_s);

/* A session's head, with records or still without, says from now on that it was deleted; what comes
 * of it is kept all the same. LQ_ERR_NOT_FOUND: no note has named it. */
LQ_MUST_CHECK enum lq_result lq_restore_tables_mark_deleted(lq_ledger_restore_t *restore,
                                                            uint64_t session_number);

/* As lq_ledger_restore_each_empty(), by restore->each_empty. */
LQ_MUST_CHECK enum lq_result lq_restore_tables_each_empty(lq_ledger_restore_t *restore);

/* As lq_ledger_restore_finish(). */
LQ_MUST_CHECK enum lq_result lq_restore_tables_finish(lq_ledger_restore_t *restore,
                                                      struct lq_ledger_restored *restored);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* restoring.h - a restore under way: what table_restore.c, restored_entries.c and restored_keys.c
 * know of the table so far, and the stores that they fill. Whoever restores includes
 * table_restore.h. */
#ifndef LQ_RESTORING_H
#define LQ_RESTORING_H

#include "mirror/restore/key_notes.h"
#include "mirror/restore/stream_claim.h"
#include "mirror/restore/table_mark.h"
#include "mirror/restore/table_restore.h"

/* A tenant that the control stream has named. */
struct lq_restoring_tenant {
    struct lq_table_stream stream;
    char name[LQ_TENANT_NAME_BYTES_MAX + 1];
    uint64_t newest;   /* segment of its stream when the control stream was read */
    uint64_t key_note; /* outbox sequence of the newest note about its keys */
    bool has_keys;
    uint64_t keys_at;   /* that note when item K was read */
    bool keys_are_old;  /* item K has a key that a note says is destroyed */
    bool is_left_out;   /* as asked */
    uint64_t destroyed; /* its records that nobody can open */
    uint64_t letters;   /* its letters, likewise */
    uint64_t late;      /* its sessions that begin behind what has expired */
};

/* Made, and all that it owns given back, by lq_table_restore(). */
struct lq_restoring {
    const struct lq_table_restore_options *options;
    struct lq_table_restored *restored;
    struct lq_error_message *message;
    struct lq_table_asker asker;
    struct lq_table_walk walk;
    struct lq_table_mark mark;
    struct lq_table_stream control;
    struct lq_restoring_tenant *tenants;
    uint32_t tenant_count, tenant_max;
    struct lq_key_notes key_notes;
    struct lq_stream_claim claim;
    uint64_t newest_session; /* that a note has named */
    uint64_t named_before;   /* sessions up to this one were, when the table was restored before */
    uint64_t epoch;          /* that the broker's entries have come to */
    uint64_t control_claim;  /* segment of the control stream */
    lq_ledger_restore_t *ledger;
    lq_broker_restore_t *broker;
    struct lq_restoring_tenant *at; /* whose stream or bases are read */
    uint64_t covered;  /* its sessions that begin late and have a base for what is before */
    char lacking[160]; /* whose key is missing, and what to do */
};

/* `result` as it is; what a store does not say in words, its result does, in the message. */
LQ_MUST_CHECK enum lq_result lq_restoring_tell(struct lq_restoring *restoring,
                                               enum lq_result result, const char *store);

/* What the ledger says to a record or an entry: with LQ_ERR_CORRUPT *why says what is wrong, until
 * the ledger gets the next one. Else as lq_restoring_tell(). */
LQ_MUST_CHECK enum lq_result lq_restoring_told_by_ledger(struct lq_restoring *restoring,
                                                         enum lq_result result, const char **why);

/* NULL: nothing has named it. It is good until another one is added. */
struct lq_restoring_tenant *lq_restoring_find_tenant(struct lq_restoring *restoring,
                                                     uint64_t number);

/* One that is not there yet; `name` is a tenant's. */
void lq_restoring_add_tenant(struct lq_restoring *restoring, struct lq_view name, uint64_t number);

#endif

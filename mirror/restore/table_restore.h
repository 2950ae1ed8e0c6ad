// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_restore.h - a partition's ledger and the broker's store from the table.
 *
 *     M --> control stream --> K and stream of each tenant     read and checked, nothing written
 *       --> claim of each stream --> what came meanwhile       no earlier writer adds to it
 *       --> finish both stores --> M, with their new history   the mirror goes on from here
 *
 * Everything that can be refused is found before the first claim. docs/cloud.md, "The way back". */
#ifndef LQ_TABLE_RESTORE_H
#define LQ_TABLE_RESTORE_H

#include "base/error_message.h"
#include "store/lmdb/broker_restore.h"
#include "store/lmdb/ledger_restore.h"

/* A new broker's epoch is so far above the highest that was seen: what an epoch has numbered, and
 * was lost with it, is not numbered again. */
#define LQ_TABLE_RESTORE_EPOCHS 65536u

struct lq_table_restore_options {
    const char *table;
    const char *folder;          /* of the data: ledger and broker are made in it */
    const char *master_key_file; /* is there */
    const char *tenant; /* only this one, and the table stays as it is: its store is a copy to look
                         * at, not the one that the mirror goes on with. NULL: everything */
    /* Leave these out, names with commas between them: of each neither keys nor records are read.
     * NULL: none. */
    const char *without;
    bool dry_run; /* read and check everything, claim nothing */
    /* lq_broker_restore_options */
    bool (*letter_is_of)(void *context, struct lq_view letter, const char *tenant);
    /* A tenant whose contents were destroyed, in the end: how many records nobody can open, and how
     * many letters are left out for that. Dies with the call. NULL: nobody asks */
    void (*on_destroyed)(void *context, const char *tenant, uint64_t records, uint64_t letters);
    void *context;      /* of both */
    uint64_t map_bytes; /* of the ledger, at first */
    uint64_t map_bytes_max;
    uint32_t partition;
};

struct lq_table_restored {
    struct lq_ledger_restored ledger;
    struct lq_broker_restored broker;
    uint64_t epoch; /* the next broker's */
    uint64_t segments, requests;
    uint64_t claim;                /* of this restore; 0: none */
    uint64_t tenants_without_keys; /* of which the table has records, or not wanted: left out */
    uint64_t keys_made;            /* for tenants of which it has none */
    uint64_t keys_destroyed;       /* that an old item K still had */
};

/* LQ_ERR_NOT_FOUND  the table has no such partition, or no such tenant
 * LQ_ERR_KEY        it was written under another master key
 * LQ_ERR_VERSION    by a newer program, or of another format
 * LQ_ERR_CORRUPT    a stream is damaged, or a key is missing that was not destroyed
 * LQ_ERR_CONFLICT   another writer is at work
 * and what stores and table say; `message` for the operator. */
LQ_MUST_CHECK enum lq_result lq_table_restore(const struct lq_table_restore_options *options,
                                              struct lq_table_restored *restored,
                                              struct lq_error_message *message);

#endif

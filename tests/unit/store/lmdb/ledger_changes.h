// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_changes.h - what a person with the file could do to the tables of a ledger, a row each,
 * and who must see it. They are of a ledger as test_ledger_verify.c makes it. */
#ifndef LQ_LEDGER_CHANGES_H
#define LQ_LEDGER_CHANGES_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>

enum lq_change_seen {
    LQ_CHANGE_SEEN_BY_ALL = 1,
    LQ_CHANGE_SEEN_BY_TRANSACTION, /* not even opened */
    LQ_CHANGE_SEEN_WITH_KEY
};

struct lq_ledger_change {
    const char *name;
    void (*change)(MDB_txn *txn);
    enum lq_change_seen seen;
    bool open_refuses; /* a writer's: it counts, and proves the state */
};

extern const struct lq_ledger_change lq_ledger_changes[];
size_t lq_ledger_changes_count(void);

/* The first session, of number 1. */
void lq_ledger_changes_head_back(MDB_txn *txn);

/* The master key, for changes by one who has it. Stays the caller's. */
void lq_ledger_changes_use_key(const char *file);

/* Change the state of the partition and write it with its check, and with its tag if one has the
 * key. */
struct lq_partition_state;
typedef void (*lq_ledger_state_edit_fn)(struct lq_partition_state *state, void *context);
void lq_ledger_changes_edit_state(MDB_txn *txn, lq_ledger_state_edit_fn edit, void *context,
                                  bool with_key);

/* Without this every change would show by the number of its transaction alone. */
void lq_ledger_changes_keep_pace(MDB_txn *txn);

#endif

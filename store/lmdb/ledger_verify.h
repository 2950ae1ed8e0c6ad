// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_verify.h - whether a partition is what was written to it: every check of
 * docs/ledger-format.md, "What to check".
 *
 * It may run beside a writer. It reads the state of the partition and the heads in one transaction,
 * all else in short ones afterwards, and leaves out what is newer than that state.
 */
#ifndef LQ_LEDGER_VERIFY_H
#define LQ_LEDGER_VERIFY_H

#include "store/lmdb/ledger.h"

struct lq_ledger_fault {
    const char *database;         /* where; "" : the file */
    const char *tenant, *session; /* whose; "" : nobody's */
    uint64_t frame;               /* of a session's record; else 0 */
    const char *what;
};

typedef void (*lq_ledger_fault_fn)(void *context, const struct lq_ledger_fault *fault);

/* A tenant whose key was destroyed, and its records that cannot be opened for that. */
typedef void (*lq_ledger_destroyed_fn)(void *context, const char *tenant, uint64_t records);

struct lq_ledger_verify_options {
    struct lq_session_names names; /* a session; session empty: a tenant; both: the partition */
    bool without_key;              /* although the ledger was opened with one */
    lq_ledger_fault_fn on_fault;   /* called for each fault; what it gets dies with the call */
    lq_ledger_destroyed_fn on_destroyed; /* in the end, of each; likewise. NULL: nobody asks */
    void *context;
};

struct lq_ledger_verify_totals {
    uint64_t tenants, sessions;
    uint64_t records;   /* of the chains that were walked */
    uint64_t opened;    /* of those: opened with the key */
    uint64_t destroyed; /* of those: not to be opened, because their key was destroyed */
    uint64_t dropped;   /* records that were dropped, and are proven */
    uint64_t first_frame, head_frame; /* of one session that was asked for: what is there */
    uint64_t events, letters;
    uint64_t faults;
    uint64_t next_ledger_sequence; /* of the state, to be noted elsewhere */
    uint8_t records_sum[32];
};

/* LQ_OK: it was looked at; totals->faults says with what result. LQ_ERR_NOT_FOUND: no such tenant
 * or session. Else it could not be read to the end, for another reason than damage. */
LQ_MUST_CHECK enum lq_result lq_ledger_verify(lq_ledger_t *ledger,
                                              const struct lq_ledger_verify_options *options,
                                              struct lq_ledger_verify_totals *totals);

#endif

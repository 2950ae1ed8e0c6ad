// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_bases.h - where sessions stand, and the records that a session is restored from, as they
 * lie in the ledger: for who keeps a copy of those. Each call has a read transaction of its own.
 *
 * All: LQ_ERR_CORRUPT, LQ_ERR_VERSION, and what LMDB says. */
#ifndef LQ_LEDGER_BASES_H
#define LQ_LEDGER_BASES_H

#include "store/lmdb/ledger.h"

struct lq_ledger_newest {
    uint64_t session_number;
    uint64_t ledger_sequence; /* of its newest record */
};

/* Up to `count_max` sessions with numbers above `after`, in their order; *count is less at the end.
 */
LQ_MUST_CHECK enum lq_result lq_ledger_bases_list(lq_ledger_t *ledger, uint64_t after,
                                                  struct lq_ledger_newest *sessions,
                                                  uint32_t count_max, uint32_t *count);

/* The number of a session's tenant. LQ_ERR_NOT_FOUND: no such session. */
LQ_MUST_CHECK enum lq_result lq_ledger_bases_tenant(lq_ledger_t *ledger, uint64_t session_number,
                                                    uint64_t *tenant_number);

/* The records of a session from the newest keyframe to its newest record at or below `up_to`, in
 * the order of frames; they live for the call of `each`. Stops at anything but LQ_OK of `each`, and
 * returns it. LQ_ERR_NOT_FOUND: no such session, or no record of it that old. LQ_ERR_LIMIT: more
 * than LQ_LEDGER_BASES_STEPS_MAX records are newer, or more than LQ_LEDGER_BASES_RECORDS_MAX are to
 * be told. */
enum { LQ_LEDGER_BASES_STEPS_MAX = 16384, LQ_LEDGER_BASES_RECORDS_MAX = 1024 };

typedef enum lq_result (*lq_ledger_bases_fn)(void *context, struct lq_view record);
LQ_MUST_CHECK enum lq_result lq_ledger_bases_each(lq_ledger_t *ledger, uint64_t session_number,
                                                  uint64_t up_to, lq_ledger_bases_fn each,
                                                  void *context);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* partition_state.h - what a partition is and how far it has come: the value under "partition" in
 * the database `meta`, read and written in every transaction of a writer.
 *
 *     offset  bytes  what                      offset  bytes  what
 *          0      4  format version                24      8  next tenant number
 *          4      4  partition                     32      8  next session number
 *          8      8  writer epoch                  40      8  next outbox sequence
 *         16      8  next ledger sequence
 *
 * The format version stands for every layout of the partition that has no version of its own: the
 * databases with their keys, heads, names, frames, letters and this value. To change one: raise
 * LQ_PARTITION_FORMAT, read the formats before it, and go through the list in record.h.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_PARTITION_STATE_H
#define LQ_PARTITION_STATE_H

#include "base/result.h"
#include "base/view.h"

#define LQ_PARTITION_FORMAT 1u

enum { LQ_PARTITION_STATE_BYTES = 48 };

struct lq_partition_state {
    uint32_t partition;
    uint64_t writer_epoch; /* raised by each writer that opens the partition; 0: none yet */
    uint64_t next_ledger_sequence;
    uint64_t next_tenant_number;
    uint64_t next_session_number;
    uint64_t next_outbox_sequence;
};

/* A partition in which nothing happened yet: all numbers and sequences start at 1. */
void lq_partition_state_clear(struct lq_partition_state *state, uint32_t partition);

void lq_partition_state_encode(const struct lq_partition_state *state,
                               uint8_t to[LQ_PARTITION_STATE_BYTES]);

/* LQ_ERR_VERSION: another format. LQ_ERR_CORRUPT: a wrong length, or a sequence of zero. */
LQ_MUST_CHECK enum lq_result lq_partition_state_decode(struct lq_view value,
                                                       struct lq_partition_state *state);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_conversion.h - a partition of an earlier format, written anew in this one.
 *
 * The new partition has the same records: header, D, H, nonce and seal are those of before, byte by
 * byte, so every H that anybody has noted stands. What lies beside them keeps its keys and numbers;
 * heads are as this format has them, and the state of the partition is written anew.
 *
 * The source is read in one transaction, and nothing of it is changed. All that its state says of
 * its tables has to hold, and every tag, where its format has them. What is in the records, whoever
 * asked for the conversion lets lq_ledger_verify() look at.
 */
#ifndef LQ_LEDGER_CONVERSION_H
#define LQ_LEDGER_CONVERSION_H

#include "store/lmdb/ledger.h"

struct lq_ledger_conversion_options {
    const char *from;                  /* folder of the partition that is there */
    const struct lq_ledger_options to; /* of the new one, whose folder is new; the master key is
                                        * there. Without a folder the source is only looked at */
};

struct lq_ledger_converted {
    uint32_t format; /* of the source */
    bool is_proven;  /* its format has tags and sums */
    uint64_t tenants, sessions, records, entries, letters, cursors, keys;
    uint64_t next_ledger_sequence;
    uint8_t records_sum[LQ_HASH_BYTES];
};

/* LQ_ERR_NOT_FOUND: no ledger in `from`; LQ_ERR_STATE: it has this program's format already;
 * LQ_ERR_VERSION: one that this program does not know; LQ_ERR_KEY: another master key, or none;
 * LQ_ERR_CORRUPT: the source is damaged; else as lq_ledger_open_writer() of `to`. `message` says
 * it. On an error the new folder holds what is no partition. */
LQ_MUST_CHECK enum lq_result
lq_ledger_conversion_run(const struct lq_ledger_conversion_options *options,
                         struct lq_ledger_converted *converted, struct lq_error_message *message);

#endif

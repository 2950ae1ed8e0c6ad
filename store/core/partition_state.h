// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* partition_state.h - what a partition is, how far it has come, and what its tables hold in all:
 * the value under "partition" in the database `meta`, read and written in every transaction of a
 * writer.
 *
 *     offset  bytes  what                      offset  bytes  what
 *          0      4  format version               136      8  no gap from: ledger sequence
 *          4      4  partition                    144      8  no gap from: tenant number
 *          8      8  writer epoch                 152      8  no gap from: session number
 *         16      8  transaction                  160      8  no gap from: outbox sequence
 *         24      8  next ledger sequence         168     16  history id
 *         32      8  next tenant number           184     32  digest of the master key
 *         40      8  next session number          216     32  sum of ledger
 *         48      8  next outbox sequence         248     32  sum of names
 *         56      8  first outbox sequence        280     32  sum of keys
 *         64      8  entries of ledger            312     32  sum of outbox
 *         72      8  entries of heads             344     32  sum of letters
 *         80      8  entries of keys              376     32  sum of cursors
 *         88      8  entries of frames            408     32  sum of proofs
 *         96      8  entries of outbox            440      8  entries of proofs
 *        104      8  entries of letters           448      8  records dropped in all
 *        112      8  entries of cursors           456      8  wall time of the newest commit
 *        120      8  bytes of outbox              464      4  what is thought of that clock
 *        128      8  entries of names             468      4  1: old frames stay for it
 *                                                 472     32  digest of the meta page before
 *                                                 504     32  tag, by the master key
 *                                                 536     32  check, without a key
 *
 * A partition that was restored may lack sequences and numbers below those from which on there is
 * no gap: what it was restored from had not all of them. Else all four are 1.
 *
 * The tag and the check cover what stands before them; they come in from outside, because a keyed
 * digest is not the business of a pure folder (store/seal/entry_proof.h).
 *
 * The format version stands for every layout of the partition that has no version of its own: the
 * databases with their keys, heads, names, frames, letters and this value. To change one: raise
 * LQ_PARTITION_FORMAT, teach the conversion (earlier_state.h) the one before, and go through the
 * list in record.h. Earlier formats are refused, and converted by lqctl store convert.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_PARTITION_STATE_H
#define LQ_PARTITION_STATE_H

#include "base/result.h"
#include "base/view.h"
#include "store/core/digest_sum.h"
#include "store/core/wall_guard.h"

#define LQ_PARTITION_FORMAT 5u

enum {
    LQ_HISTORY_ID_BYTES = 16,
    LQ_PARTITION_STATE_KEYS_AT = 280, /* sum of `keys` */
    LQ_PARTITION_STATE_TAG_AT = 504,
    LQ_PARTITION_STATE_CHECK_AT = LQ_PARTITION_STATE_TAG_AT + LQ_HASH_BYTES,
    LQ_PARTITION_STATE_BYTES = LQ_PARTITION_STATE_CHECK_AT + LQ_HASH_BYTES
};

struct lq_partition_state {
    uint32_t partition;
    uint64_t writer_epoch; /* raised by each writer that opens the partition; 0: none yet */
    uint64_t transaction;  /* the database's number of the transaction that wrote this */
    uint64_t next_ledger_sequence;
    uint64_t next_tenant_number;
    uint64_t next_session_number;
    uint64_t next_outbox_sequence;
    uint64_t first_outbox_sequence; /* below it entries were trimmed; the next one: none is left */
    uint64_t record_count;
    uint64_t session_count;
    uint64_t key_count;
    uint64_t frame_count; /* entries of the index of frames, not frames */
    uint64_t outbox_count;
    uint64_t letter_count;
    uint64_t cursor_count;
    uint64_t outbox_bytes;   /* keys and values of its entries */
    uint64_t name_count;     /* tenants and sessions */
    uint64_t gapless_ledger; /* from these on no sequence and no number is missing */
    uint64_t gapless_tenant;
    uint64_t gapless_session;
    uint64_t gapless_outbox;
    uint8_t history[LQ_HISTORY_ID_BYTES]; /* random: drawn when the partition was made */
    uint8_t master_digest[LQ_HASH_BYTES];
    struct lq_digest_sum records; /* of H; the others of their entries' digests */
    struct lq_digest_sum names;
    struct lq_digest_sum keys;
    struct lq_digest_sum outbox;
    struct lq_digest_sum letters;
    struct lq_digest_sum cursors;
    struct lq_digest_sum proofs;
    uint64_t proof_count;       /* sessions whose front was dropped */
    uint64_t dropped_count;     /* records that were there, by the proofs */
    uint64_t committed_wall_ns; /* of the newest commit under a clock that was believed; 0: none */
    enum lq_wall_verdict wall_verdict;
    bool drop_waits;                    /* frames would be dropped if the clock were believed */
    uint8_t meta_before[LQ_HASH_BYTES]; /* of the file's meta page of the transaction before */
};

/* A partition in which nothing happened yet: all numbers and sequences start at 1. */
void lq_partition_state_clear(struct lq_partition_state *state, uint32_t partition);

/* Write all but tag and check. */
void lq_partition_state_encode(const struct lq_partition_state *state,
                               uint8_t to[LQ_PARTITION_STATE_TAG_AT]);

/* Write the check of a value that has its tag. */
void lq_partition_state_check(lq_digest_fn digest, uint8_t value[LQ_PARTITION_STATE_BYTES]);

/* LQ_ERR_VERSION: another format. LQ_ERR_CORRUPT: a wrong length or check, or a sequence of zero.
 * Leaves the tag to whoever has the key. */
LQ_MUST_CHECK enum lq_result lq_partition_state_decode(struct lq_view value, lq_digest_fn digest,
                                                       struct lq_partition_state *state);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* drop_proof.h - what is left of the front of a session's chain that retention dropped: the value
 * of the database `proofs`, version 1.
 *
 *     offset  bytes  what                      offset  bytes  what
 *          0      2  version, 1                    32      8  ledger sequence of the last
 *          2      6  zero                          40     32  H of the last
 *          8      8  tenant number                 72     16  tag, by the master key
 *         16      8  first frame that went
 *         24      8  last frame that went
 *
 * H of the last is a chain over header and D of each that went before it, so it proves all of them;
 * what is there goes on from it. It is checked without a key.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_DROP_PROOF_H
#define LQ_DROP_PROOF_H

#include "store/core/record.h"

#define LQ_DROP_PROOF_VERSION 1u

enum { LQ_DROP_PROOF_TAG_AT = 72, LQ_DROP_PROOF_BYTES = LQ_DROP_PROOF_TAG_AT + 16 };

struct lq_drop_proof {
    uint64_t tenant_number; /* 0: nothing went yet */
    uint64_t first_frame, last_frame;
    uint64_t last_sequence;
    uint8_t last_hash[LQ_HASH_BYTES];
};

/* One record in its place: decoded, and the bytes that its H is over. */
struct lq_chain_link {
    const struct lq_record_header *header;
    const uint8_t *clear;  /* its header, LQ_RECORD_HEADER_BYTES */
    const uint8_t *digest; /* D */
    const uint8_t *hash;   /* H */
};

static inline uint64_t lq_drop_proof_count(const struct lq_drop_proof *proof)
{
    return proof->tenant_number == 0 ? 0 : proof->last_frame - proof->first_frame + 1;
}

/* Whether a record comes right behind what went: its frame, the sequence before it, its H. */
bool lq_drop_proof_precedes(const struct lq_drop_proof *proof, const struct lq_chain_link *link,
                            lq_digest_fn digest);

/* The next record goes too. The first one is that of frame 0, whose H follows from nothing, or of a
 * chain that begins late. LQ_ERR_CORRUPT: it is not the next one, or its H is not what it says; the
 * proof is unchanged. */
LQ_MUST_CHECK enum lq_result lq_drop_proof_extend(struct lq_drop_proof *proof,
                                                  const struct lq_chain_link *link,
                                                  lq_digest_fn digest);

/* All but the tag. */
void lq_drop_proof_encode(const struct lq_drop_proof *proof, uint8_t to[LQ_DROP_PROOF_TAG_AT]);

/* LQ_ERR_VERSION, LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result lq_drop_proof_decode(struct lq_view value,
                                                  struct lq_drop_proof *proof);

#endif

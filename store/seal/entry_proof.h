// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* entry_proof.h - how an entry of a table is vouched for: E, its digest without a key, whose sum
 * the state of the partition holds; and T, a tag that only a holder of the master key can make.
 *
 *     E = BLAKE2b-256(u16 key length || key || value)
 *     T = BLAKE2b-256(key = tag key, database || 0 || u32 partition || u16 key length || key ||
 * value) tag key = BLAKE2b-256(key = master key, "ledgerquest tag key")
 *
 * An entry's tag is the front of T (LQ_ENTRY_TAG_BYTES); the state of the partition has all of it.
 */
#ifndef LQ_ENTRY_PROOF_H
#define LQ_ENTRY_PROOF_H

#include "base/view.h"
#include "store/core/hash_chain.h"

enum { LQ_TAG_KEY_BYTES = 32 };

/* One entry, in its place. */
struct lq_entry_place {
    const char *database;
    uint32_t partition;
    struct lq_view key;
};

void lq_entry_proof_digest(struct lq_view key, struct lq_view value, uint8_t digest[LQ_HASH_BYTES]);

void lq_entry_proof_derive(const uint8_t master_key[32], uint8_t tag_key[LQ_TAG_KEY_BYTES]);

/* T of `value`, which is what stands before the tag. */
void lq_entry_proof_tag(const uint8_t tag_key[LQ_TAG_KEY_BYTES], const struct lq_entry_place *place,
                        struct lq_view value, uint8_t tag[LQ_HASH_BYTES]);

#endif

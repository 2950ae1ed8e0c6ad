// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/drop_proof.h"

#include "base/little_endian.h"

static bool follows(const uint8_t before[LQ_HASH_BYTES], const struct lq_chain_link *link,
                    lq_digest_fn digest)
{
    uint8_t hash[LQ_HASH_BYTES];

    lq_hash_chain_next(digest, before, link->clear, link->digest, hash);
    return memcmp(hash, link->hash, sizeof hash) == 0;
}

bool lq_drop_proof_precedes(const struct lq_drop_proof *proof, const struct lq_chain_link *link,
                            lq_digest_fn digest)
{
    const struct lq_record_header *header = link->header;

    return proof->tenant_number == header->tenant_number &&
           header->frame == proof->last_frame + 1 &&
           header->previous_sequence == proof->last_sequence &&
           header->ledger_sequence > proof->last_sequence &&
           follows(proof->last_hash, link, digest);
}

/* The first record of a session. What one that begins late follows from is not there. */
static bool may_be_first(const struct lq_chain_link *link, lq_digest_fn digest)
{
    static const uint8_t nothing[LQ_HASH_BYTES];
    const struct lq_record_header *header = link->header;

    return header->tenant_number > 0 && (header->frame > 0 || (header->previous_sequence == 0 &&
                                                               follows(nothing, link, digest)));
}

enum lq_result lq_drop_proof_extend(struct lq_drop_proof *proof, const struct lq_chain_link *link,
                                    lq_digest_fn digest)
{
    const struct lq_record_header *header = link->header;

    if (proof->tenant_number == 0) {
        if (!may_be_first(link, digest)) {
            return LQ_ERR_CORRUPT;
        }
        proof->tenant_number = header->tenant_number;
        proof->first_frame = header->frame;
    } else if (!lq_drop_proof_precedes(proof, link, digest)) {
        return LQ_ERR_CORRUPT;
    }
    proof->last_frame = header->frame;
    proof->last_sequence = header->ledger_sequence;
    memcpy(proof->last_hash, link->hash, LQ_HASH_BYTES);
    return LQ_OK;
}

void lq_drop_proof_encode(const struct lq_drop_proof *proof, uint8_t to[LQ_DROP_PROOF_TAG_AT])
{
    LQ_ASSERT(proof->tenant_number > 0);
    LQ_ASSERT(proof->first_frame <= proof->last_frame);
    lq_put_u64(to, LQ_DROP_PROOF_VERSION);
    lq_put_u64(to + 8, proof->tenant_number);
    lq_put_u64(to + 16, proof->first_frame);
    lq_put_u64(to + 24, proof->last_frame);
    lq_put_u64(to + 32, proof->last_sequence);
    memcpy(to + 40, proof->last_hash, LQ_HASH_BYTES);
}

enum lq_result lq_drop_proof_decode(struct lq_view value, struct lq_drop_proof *proof)
{
    const uint8_t *from = value.data;

    if (value.bytes < 2) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(from) != LQ_DROP_PROOF_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (value.bytes != LQ_DROP_PROOF_BYTES || lq_get_u64(from) != LQ_DROP_PROOF_VERSION) {
        return LQ_ERR_CORRUPT;
    }
    proof->tenant_number = lq_get_u64(from + 8);
    proof->first_frame = lq_get_u64(from + 16);
    proof->last_frame = lq_get_u64(from + 24);
    proof->last_sequence = lq_get_u64(from + 32);
    memcpy(proof->last_hash, from + 40, LQ_HASH_BYTES);
    /* Each frame has a sequence of its own, from 1. */
    bool is_sound = proof->tenant_number > 0 && proof->first_frame <= proof->last_frame &&
                    proof->last_frame < UINT64_MAX &&
                    proof->last_sequence > proof->last_frame - proof->first_frame;
    return is_sound ? LQ_OK : LQ_ERR_CORRUPT;
}

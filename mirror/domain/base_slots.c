// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/base_slots.h"

void lq_base_slots_start(struct lq_base_slots *slots, lq_digest_fn digest)
{
    *slots = (struct lq_base_slots){.digest = digest};
}

void lq_base_slots_take(struct lq_base_slots *slots, struct lq_view sk, struct lq_view bytes,
                        struct lq_view body)
{
    struct lq_base_header header;
    uint8_t own[LQ_HASH_BYTES];
    uint64_t session;
    uint32_t at;
    uint32_t piece;

    if (lq_segment_key_read_base(sk, &session, &at, &piece) != LQ_OK ||
        lq_base_item_decode(bytes, slots->digest, &header) != LQ_OK ||
        header.session_number != session || header.piece != piece ||
        header.piece_bytes != body.bytes) {
        return;
    }
    struct lq_base_slot *slot = &slots->slots[at];
    slots->digest(own, body);
    if (memcmp(own, header.piece_digest, sizeof own) != 0 || piece != slot->pieces ||
        (piece > 0 && !lq_base_item_same(&slot->header, &header))) {
        return;
    }
    if (piece == 0) {
        slot->header = header;
    }
    slot->pieces++;
}

static bool is_whole(const struct lq_base_slot *slot)
{
    return slot->pieces > 0 && slot->pieces == slot->header.piece_count;
}

const struct lq_base_header *lq_base_slots_newest(const struct lq_base_slots *slots, uint32_t *slot)
{
    const struct lq_base_header *newest = NULL;

    *slot = 0;
    for (uint32_t at = 0; at < LQ_SEGMENT_KEY_BASE_SLOTS; at++) {
        const struct lq_base_header *header = &slots->slots[at].header;
        if (is_whole(&slots->slots[at]) && (newest == NULL || header->segment > newest->segment)) {
            newest = header;
            *slot = at;
        }
    }
    return newest;
}

enum lq_base_verdict lq_base_slots_judge(const struct lq_base_slots *slots,
                                         const struct lq_base_header *base, uint32_t *slot)
{
    uint32_t newest_slot;
    const struct lq_base_header *newest = lq_base_slots_newest(slots, &newest_slot);

    *slot = lq_base_item_slot(newest, newest_slot);
    if (newest == NULL) {
        return LQ_BASE_WANTED;
    }
    if (newest->frame == base->frame) {
        return memcmp(newest->hash, base->hash, LQ_HASH_BYTES) == 0 &&
                       newest->sequence == base->sequence
                   ? LQ_BASE_THERE
                   : LQ_BASE_ODD;
    }
    if (newest->frame > base->frame) {
        return newest->sequence > base->sequence ? LQ_BASE_THERE : LQ_BASE_ODD;
    }
    return newest->segment < base->segment ? LQ_BASE_WANTED : LQ_BASE_ODD;
}

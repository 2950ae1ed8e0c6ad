// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/head.h"

#include "base/little_endian.h"

void lq_head_encode(const struct lq_head_state *head, uint8_t to[LQ_HEAD_BYTES])
{
    LQ_ASSERT(head->ledger_sequence > 0);
    LQ_ASSERT(head->record_count > 0);
    lq_put_u64(to, head->frame);
    lq_put_u64(to + 8, head->ledger_sequence);
    lq_put_u64(to + 16, head->keyframe_sequence);
    lq_put_u64(to + 24, head->record_count);
    lq_put_u64(to + 32, head->execution.epoch);
    lq_put_u64(to + 40, head->execution.counter);
    memcpy(to + 48, head->hash, LQ_HASH_BYTES);
    lq_digest_sum_put(&head->rolling, to + 80);
}

enum lq_result lq_head_decode(struct lq_view value, struct lq_head_state *head)
{
    const uint8_t *from = value.data;

    if (value.bytes != LQ_HEAD_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    head->frame = lq_get_u64(from);
    head->ledger_sequence = lq_get_u64(from + 8);
    head->keyframe_sequence = lq_get_u64(from + 16);
    head->record_count = lq_get_u64(from + 24);
    head->execution.epoch = lq_get_u64(from + 32);
    head->execution.counter = lq_get_u64(from + 40);
    memcpy(head->hash, from + 48, LQ_HASH_BYTES);
    lq_digest_sum_get(from + 80, &head->rolling);
    return head->ledger_sequence > 0 && head->record_count > 0 ? LQ_OK : LQ_ERR_CORRUPT;
}

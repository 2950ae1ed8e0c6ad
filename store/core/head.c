// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/head.h"

#include "base/little_endian.h"

#include <assert.h>

enum {
    KEYFRAME_FRAME_AT = 24,
    COUNT_AT = 32,
    EXECUTION_AT = 40,
    HASH_AT = 56,
    DIGEST_AT = HASH_AT + LQ_HASH_BYTES,
    ROLLING_AT = DIGEST_AT + LQ_HASH_BYTES,
    LIFE_AT = ROLLING_AT + LQ_DIGEST_SUM_BYTES,
    RESERVED_AT = LIFE_AT + 1,
    RESERVED_BYTES = LQ_HEAD_BYTES - RESERVED_AT
};
static_assert(RESERVED_BYTES == 7, "the state and what is reserved fill a word");

void lq_head_encode(const struct lq_head_state *head, uint8_t to[LQ_HEAD_BYTES])
{
    LQ_ASSERT(head->ledger_sequence > 0);
    LQ_ASSERT(head->record_count > 0 || head->life == LQ_HEAD_DELETED);
    LQ_ASSERT(head->keyframe_frame <= head->frame);
    lq_put_u64(to, head->frame);
    lq_put_u64(to + 8, head->ledger_sequence);
    lq_put_u64(to + 16, head->keyframe_sequence);
    lq_put_u64(to + KEYFRAME_FRAME_AT, head->keyframe_frame);
    lq_put_u64(to + COUNT_AT, head->record_count);
    lq_put_u64(to + EXECUTION_AT, head->execution.epoch);
    lq_put_u64(to + EXECUTION_AT + 8, head->execution.counter);
    memcpy(to + HASH_AT, head->hash, LQ_HASH_BYTES);
    memcpy(to + DIGEST_AT, head->digest, LQ_HASH_BYTES);
    lq_digest_sum_put(&head->rolling, to + ROLLING_AT);
    to[LIFE_AT] = (uint8_t)head->life;
    memset(to + RESERVED_AT, 0, RESERVED_BYTES);
}

enum lq_result lq_head_decode(struct lq_view value, struct lq_head_state *head)
{
    static const uint8_t zeros[RESERVED_BYTES];
    const uint8_t *from = value.data;

    if (value.bytes != LQ_HEAD_BYTES || from[LIFE_AT] > LQ_HEAD_DELETED ||
        memcmp(from + RESERVED_AT, zeros, RESERVED_BYTES) != 0) {
        return LQ_ERR_CORRUPT;
    }
    head->frame = lq_get_u64(from);
    head->ledger_sequence = lq_get_u64(from + 8);
    head->keyframe_sequence = lq_get_u64(from + 16);
    head->keyframe_frame = lq_get_u64(from + KEYFRAME_FRAME_AT);
    head->record_count = lq_get_u64(from + COUNT_AT);
    head->execution.epoch = lq_get_u64(from + EXECUTION_AT);
    head->execution.counter = lq_get_u64(from + EXECUTION_AT + 8);
    memcpy(head->hash, from + HASH_AT, LQ_HASH_BYTES);
    memcpy(head->digest, from + DIGEST_AT, LQ_HASH_BYTES);
    lq_digest_sum_get(from + ROLLING_AT, &head->rolling);
    head->life = (enum lq_head_life)from[LIFE_AT];
    return head->ledger_sequence > 0 && (head->record_count > 0 || head->life == LQ_HEAD_DELETED) &&
                   head->keyframe_frame <= head->frame
               ? LQ_OK
               : LQ_ERR_CORRUPT;
}

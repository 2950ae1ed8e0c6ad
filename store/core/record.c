// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/record.h"

#include "base/little_endian.h"

#include <assert.h>

/* Offsets in the clear header. */
enum {
    VERSION_AT = 0,
    KIND_AT = 2,
    RESERVED_AT = 3,
    KEY_GENERATION_AT = 4,
    LEDGER_SEQUENCE_AT = 8,
    TENANT_NUMBER_AT = 16,
    SESSION_NUMBER_AT = 24,
    FRAME_AT = 32,
    PREVIOUS_SEQUENCE_AT = 40,
    KEYFRAME_SEQUENCE_AT = 48,
    EXECUTION_EPOCH_AT = 56,
    EXECUTION_COUNTER_AT = 64,
    CONTENT_BYTES_AT = 72,
    PARTITION_AT = 76
};
static_assert(PARTITION_AT + 4 == LQ_RECORD_HEADER_BYTES, "the header ends with the partition");
static_assert(LQ_RECORD_HASH_AT == LQ_RECORD_DIGEST_AT + LQ_HASH_BYTES, "H follows D");
static_assert(LQ_RECORD_CLEAR_BYTES == LQ_RECORD_HASH_AT + LQ_HASH_BYTES, "H ends the clear part");

void lq_record_encode_header(const struct lq_record_header *header,
                             uint8_t to[LQ_RECORD_HEADER_BYTES])
{
    LQ_ASSERT(header->kind == LQ_RECORD_KEYFRAME);
    LQ_ASSERT(header->ledger_sequence > header->previous_sequence);
    lq_put_u16(to + VERSION_AT, LQ_RECORD_VERSION);
    to[KIND_AT] = (uint8_t)header->kind;
    to[RESERVED_AT] = 0;
    lq_put_u32(to + KEY_GENERATION_AT, header->key_generation);
    lq_put_u64(to + LEDGER_SEQUENCE_AT, header->ledger_sequence);
    lq_put_u64(to + TENANT_NUMBER_AT, header->tenant_number);
    lq_put_u64(to + SESSION_NUMBER_AT, header->session_number);
    lq_put_u64(to + FRAME_AT, header->frame);
    lq_put_u64(to + PREVIOUS_SEQUENCE_AT, header->previous_sequence);
    lq_put_u64(to + KEYFRAME_SEQUENCE_AT, header->keyframe_sequence);
    lq_put_u64(to + EXECUTION_EPOCH_AT, header->execution.epoch);
    lq_put_u64(to + EXECUTION_COUNTER_AT, header->execution.counter);
    lq_put_u32(to + CONTENT_BYTES_AT, header->content_bytes);
    lq_put_u32(to + PARTITION_AT, header->partition);
}

enum lq_result lq_record_decode_header(struct lq_view record, struct lq_record_header *header)
{
    const uint8_t *from = record.data;

    if (record.bytes < LQ_RECORD_EXTRA_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(from + VERSION_AT) != LQ_RECORD_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (from[KIND_AT] != LQ_RECORD_KEYFRAME || from[RESERVED_AT] != 0 ||
        record.bytes != lq_record_bytes(lq_get_u32(from + CONTENT_BYTES_AT))) {
        return LQ_ERR_CORRUPT;
    }
    header->kind = LQ_RECORD_KEYFRAME;
    header->key_generation = lq_get_u32(from + KEY_GENERATION_AT);
    header->ledger_sequence = lq_get_u64(from + LEDGER_SEQUENCE_AT);
    header->tenant_number = lq_get_u64(from + TENANT_NUMBER_AT);
    header->session_number = lq_get_u64(from + SESSION_NUMBER_AT);
    header->frame = lq_get_u64(from + FRAME_AT);
    header->previous_sequence = lq_get_u64(from + PREVIOUS_SEQUENCE_AT);
    header->keyframe_sequence = lq_get_u64(from + KEYFRAME_SEQUENCE_AT);
    header->execution.epoch = lq_get_u64(from + EXECUTION_EPOCH_AT);
    header->execution.counter = lq_get_u64(from + EXECUTION_COUNTER_AT);
    header->content_bytes = lq_get_u32(from + CONTENT_BYTES_AT);
    header->partition = lq_get_u32(from + PARTITION_AT);
    return LQ_OK;
}

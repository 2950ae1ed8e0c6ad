// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/record.h"

#include "base/little_endian.h"

#include <assert.h>

/* Offsets in the prefix, and in the clear header. */
enum { SEAL_VERSION_AT = 0, FORM_AT = 2, PREFIX_RESERVED_AT = 3, SEAL_GENERATION_AT = 4 };
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
static_assert(LQ_RECORD_HEADER_AT == LQ_RECORD_PREFIX_BYTES, "the header follows the prefix");
static_assert(LQ_RECORD_DIGEST_AT == LQ_RECORD_HEADER_AT + LQ_RECORD_HEADER_BYTES,
              "D follows the header");
static_assert(LQ_RECORD_HASH_AT == LQ_RECORD_DIGEST_AT + LQ_HASH_BYTES, "H follows D");
static_assert(LQ_RECORD_CLEAR_BYTES == LQ_RECORD_HASH_AT + LQ_HASH_BYTES, "H ends the clear part");

enum { FRAMES_PER_CONVERTED_ENTRY = 64 };

bool lq_record_is_indexed(const struct lq_record_header *header)
{
    return header->kind == LQ_RECORD_KEYFRAME && (header->version != LQ_RECORD_VERSION_CONVERTED ||
                                                  header->frame % FRAMES_PER_CONVERTED_ENTRY == 0);
}

void lq_record_encode_header(const struct lq_record_header *header,
                             uint8_t to[LQ_RECORD_HEADER_AT + LQ_RECORD_HEADER_BYTES])
{
    uint8_t *clear = to + LQ_RECORD_HEADER_AT;

    LQ_ASSERT(header->kind == LQ_RECORD_KEYFRAME || header->kind == LQ_RECORD_DELTA);
    LQ_ASSERT(header->form == LQ_RECORD_WHOLE || header->form == LQ_RECORD_INPUTS);
    LQ_ASSERT(header->ledger_sequence > header->previous_sequence);
    lq_put_u16(to + SEAL_VERSION_AT, (uint16_t)header->seal_version);
    to[FORM_AT] = (uint8_t)header->form;
    to[PREFIX_RESERVED_AT] = 0;
    lq_put_u32(to + SEAL_GENERATION_AT, header->seal_generation);
    lq_put_u16(clear + VERSION_AT, (uint16_t)header->version);
    clear[KIND_AT] = (uint8_t)header->kind;
    clear[RESERVED_AT] = 0;
    lq_put_u32(clear + KEY_GENERATION_AT, header->key_generation);
    lq_put_u64(clear + LEDGER_SEQUENCE_AT, header->ledger_sequence);
    lq_put_u64(clear + TENANT_NUMBER_AT, header->tenant_number);
    lq_put_u64(clear + SESSION_NUMBER_AT, header->session_number);
    lq_put_u64(clear + FRAME_AT, header->frame);
    lq_put_u64(clear + PREVIOUS_SEQUENCE_AT, header->previous_sequence);
    lq_put_u64(clear + KEYFRAME_SEQUENCE_AT, header->keyframe_sequence);
    lq_put_u64(clear + EXECUTION_EPOCH_AT, header->execution.epoch);
    lq_put_u64(clear + EXECUTION_COUNTER_AT, header->execution.counter);
    lq_put_u32(clear + CONTENT_BYTES_AT, header->content_bytes);
    lq_put_u32(clear + PARTITION_AT, header->partition);
}

enum lq_result lq_record_decode_clear(const uint8_t from[LQ_RECORD_HEADER_BYTES],
                                      struct lq_record_header *header)
{
    uint8_t kind = from[KIND_AT];
    struct lq_record_header read = {.version = lq_get_u16(from + VERSION_AT)};

    if (read.version != LQ_RECORD_VERSION && read.version != LQ_RECORD_VERSION_CONVERTED) {
        return LQ_ERR_VERSION;
    }
    if (from[RESERVED_AT] != 0 ||
        (kind != LQ_RECORD_KEYFRAME &&
         (kind != LQ_RECORD_DELTA || read.version == LQ_RECORD_VERSION_CONVERTED))) {
        return LQ_ERR_CORRUPT;
    }
    read.kind = (enum lq_record_kind)kind;
    read.key_generation = lq_get_u32(from + KEY_GENERATION_AT);
    read.ledger_sequence = lq_get_u64(from + LEDGER_SEQUENCE_AT);
    read.tenant_number = lq_get_u64(from + TENANT_NUMBER_AT);
    read.session_number = lq_get_u64(from + SESSION_NUMBER_AT);
    read.frame = lq_get_u64(from + FRAME_AT);
    read.previous_sequence = lq_get_u64(from + PREVIOUS_SEQUENCE_AT);
    read.keyframe_sequence = lq_get_u64(from + KEYFRAME_SEQUENCE_AT);
    read.execution.epoch = lq_get_u64(from + EXECUTION_EPOCH_AT);
    read.execution.counter = lq_get_u64(from + EXECUTION_COUNTER_AT);
    read.content_bytes = lq_get_u32(from + CONTENT_BYTES_AT);
    read.partition = lq_get_u32(from + PARTITION_AT);
    *header = read;
    return LQ_OK;
}

/* Whether the prefix is one that such a record can have, and the body as long as it must be. */
static bool prefix_fits(const uint8_t *from, const struct lq_record_header *header)
{
    if (from[PREFIX_RESERVED_AT] != 0 ||
        (header->form != LQ_RECORD_WHOLE && header->form != LQ_RECORD_INPUTS)) {
        return false;
    }
    /* A seal that does not cover the prefix is one that was never made anew. */
    if (header->seal_version == LQ_RECORD_SEAL_VERSION_CONVERTED &&
        (header->version != LQ_RECORD_VERSION_CONVERTED || header->form != LQ_RECORD_WHOLE ||
         header->seal_generation != header->key_generation)) {
        return false;
    }
    if (header->form == LQ_RECORD_INPUTS) {
        return header->body_bytes > 0 && header->body_bytes <= header->content_bytes;
    }
    return header->kind == LQ_RECORD_KEYFRAME
               ? header->body_bytes == header->content_bytes
               : header->body_bytes > 0 &&
                     lq_record_delta_pays(header->body_bytes, header->content_bytes);
}

enum lq_result lq_record_decode_header(struct lq_view record, struct lq_record_header *header)
{
    const uint8_t *from = record.data;

    if (record.bytes < LQ_RECORD_EXTRA_BYTES || record.bytes > UINT32_MAX) {
        return LQ_ERR_CORRUPT;
    }
    enum lq_result result = lq_record_decode_clear(from + LQ_RECORD_HEADER_AT, header);
    if (result != LQ_OK) {
        return result;
    }
    header->seal_version = lq_get_u16(from + SEAL_VERSION_AT);
    header->form = (enum lq_record_form)from[FORM_AT];
    header->seal_generation = lq_get_u32(from + SEAL_GENERATION_AT);
    header->body_bytes = (uint32_t)(record.bytes - LQ_RECORD_EXTRA_BYTES);
    if (header->seal_version != LQ_RECORD_SEAL_VERSION &&
        header->seal_version != LQ_RECORD_SEAL_VERSION_CONVERTED) {
        return LQ_ERR_VERSION;
    }
    return prefix_fits(from, header) ? LQ_OK : LQ_ERR_CORRUPT;
}

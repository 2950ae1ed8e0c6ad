// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/base_item.h"

#include "base/little_endian.h"
#include "store/core/record.h"

#include <assert.h>

enum { HASH_AT = 96, BASE_DIGEST_AT = 128, PIECE_DIGEST_AT = 160 };

static_assert(LQ_BASE_ITEM_DIGEST_AT + LQ_HASH_BYTES == LQ_BASE_ITEM_HEADER_BYTES, "comes last");

bool lq_base_item_follows(const struct lq_base_header *header, bool first, uint64_t frame,
                          uint64_t sequence, const struct lq_record_header *record)
{
    if (record->partition != header->partition || record->tenant_number != header->tenant_number ||
        record->session_number != header->session_number) {
        return false;
    }
    return first || (record->frame == frame + 1 && record->previous_sequence == sequence &&
                     record->ledger_sequence > sequence);
}

enum lq_result lq_base_item_add(struct lq_base_header *header, struct lq_view record, uint8_t *base,
                                size_t base_max)
{
    struct lq_record_header read;
    bool first = header->record_count == 0;

    if (lq_record_decode_header(record, &read) != LQ_OK ||
        !lq_base_item_follows(header, first, header->frame, header->sequence, &read)) {
        return LQ_ERR_CORRUPT;
    }
    LQ_ASSERT(header->base_bytes <= base_max);
    if (base_max - header->base_bytes < LQ_BASE_ITEM_RECORD_EXTRA_BYTES + record.bytes) {
        return LQ_ERR_FULL;
    }
    uint8_t *to = base + header->base_bytes;
    lq_put_u32(to, (uint32_t)record.bytes);
    memcpy(to + LQ_BASE_ITEM_RECORD_EXTRA_BYTES, record.data, record.bytes);
    header->base_bytes += LQ_BASE_ITEM_RECORD_EXTRA_BYTES + record.bytes;
    if (first) {
        header->first_frame = read.frame;
        header->first_sequence = read.ledger_sequence;
    }
    header->frame = read.frame;
    header->sequence = read.ledger_sequence;
    header->record_count++;
    memcpy(header->hash, record.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    return LQ_OK;
}

static size_t bytes_of_piece(const struct lq_base_header *header, uint32_t piece)
{
    uint64_t each = (header->base_bytes + header->piece_count - 1) / header->piece_count;
    uint64_t at = each * piece;

    return (size_t)(header->base_bytes - at < each ? header->base_bytes - at : each);
}

/* Pieces are as equal as can be: where each begins follows from bytes and count of the base. */
static size_t begin_of_piece(const struct lq_base_header *header, uint32_t piece)
{
    uint64_t each = (header->base_bytes + header->piece_count - 1) / header->piece_count;

    return (size_t)(each * piece);
}

enum lq_result lq_base_item_cut(struct lq_base_header *header, lq_digest_fn digest,
                                const uint8_t *base, size_t piece_max)
{
    LQ_ASSERT(piece_max > 0);
    LQ_ASSERT(piece_max <= LQ_BASE_ITEM_PIECE_BYTES_MAX);
    LQ_ASSERT(header->record_count > 0);
    uint64_t count = (header->base_bytes + piece_max - 1) / piece_max;
    if (count > LQ_SEGMENT_KEY_BASE_PIECES_MAX) {
        return LQ_ERR_LIMIT;
    }
    header->piece_count = (uint32_t)count;
    digest(header->base_digest, lq_view_of(base, (size_t)header->base_bytes));
    return LQ_OK;
}

struct lq_view lq_base_item_piece(struct lq_base_header *header, lq_digest_fn digest,
                                  const uint8_t *base, uint32_t piece,
                                  uint8_t to[LQ_BASE_ITEM_HEADER_BYTES])
{
    LQ_ASSERT(piece < header->piece_count);
    LQ_ASSERT(header->segment > 0);
    struct lq_view body =
        lq_view_of(base + begin_of_piece(header, piece), bytes_of_piece(header, piece));
    header->piece = piece;
    header->piece_bytes = (uint32_t)body.bytes;
    digest(header->piece_digest, body);
    lq_put_u16(to, LQ_BASE_ITEM_VERSION);
    lq_put_u16(to + 2, 0);
    lq_put_u32(to + 4, header->partition);
    lq_put_u64(to + 8, header->tenant_number);
    lq_put_u64(to + 16, header->session_number);
    lq_put_u64(to + 24, header->frame);
    lq_put_u64(to + 32, header->first_frame);
    lq_put_u64(to + 40, header->sequence);
    lq_put_u64(to + 48, header->first_sequence);
    lq_put_u64(to + 56, header->segment);
    lq_put_u64(to + 64, header->wall_ns);
    lq_put_u32(to + 72, header->piece);
    lq_put_u32(to + 76, header->piece_count);
    lq_put_u32(to + 80, header->record_count);
    lq_put_u32(to + 84, header->piece_bytes);
    lq_put_u64(to + 88, header->base_bytes);
    memcpy(to + HASH_AT, header->hash, LQ_HASH_BYTES);
    memcpy(to + BASE_DIGEST_AT, header->base_digest, LQ_HASH_BYTES);
    memcpy(to + PIECE_DIGEST_AT, header->piece_digest, LQ_HASH_BYTES);
    digest(to + LQ_BASE_ITEM_DIGEST_AT, lq_view_of(to, LQ_BASE_ITEM_DIGEST_AT));
    return body;
}

static bool fields_agree(const struct lq_base_header *header)
{
    uint64_t frames = header->frame - header->first_frame;

    if (header->tenant_number == 0 || header->session_number == 0 || header->segment == 0 ||
        header->first_sequence == 0 || header->record_count == 0 || header->piece_count == 0 ||
        header->piece_count > LQ_SEGMENT_KEY_BASE_PIECES_MAX ||
        header->piece >= header->piece_count || header->base_bytes < header->piece_count ||
        header->base_bytes > (uint64_t)header->piece_count * LQ_BASE_ITEM_PIECE_BYTES_MAX) {
        return false;
    }
    if (header->frame < header->first_frame || frames != header->record_count - 1 ||
        header->sequence < header->first_sequence ||
        header->sequence - header->first_sequence < frames) {
        return false;
    }
    return begin_of_piece(header, header->piece) < header->base_bytes &&
           header->piece_bytes == bytes_of_piece(header, header->piece);
}

enum lq_result lq_base_item_decode(struct lq_view from, lq_digest_fn digest,
                                   struct lq_base_header *header)
{
    const uint8_t *at = from.data;
    struct lq_base_header read = {0};
    uint8_t own[LQ_HASH_BYTES];

    if (from.bytes < 2) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(at) != LQ_BASE_ITEM_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (from.bytes != LQ_BASE_ITEM_HEADER_BYTES || lq_get_u16(at + 2) != 0) {
        return LQ_ERR_CORRUPT;
    }
    digest(own, lq_view_of(at, LQ_BASE_ITEM_DIGEST_AT));
    if (memcmp(own, at + LQ_BASE_ITEM_DIGEST_AT, sizeof own) != 0) {
        return LQ_ERR_CORRUPT;
    }
    read.partition = lq_get_u32(at + 4);
    read.tenant_number = lq_get_u64(at + 8);
    read.session_number = lq_get_u64(at + 16);
    read.frame = lq_get_u64(at + 24);
    read.first_frame = lq_get_u64(at + 32);
    read.sequence = lq_get_u64(at + 40);
    read.first_sequence = lq_get_u64(at + 48);
    read.segment = lq_get_u64(at + 56);
    read.wall_ns = lq_get_u64(at + 64);
    read.piece = lq_get_u32(at + 72);
    read.piece_count = lq_get_u32(at + 76);
    read.record_count = lq_get_u32(at + 80);
    read.piece_bytes = lq_get_u32(at + 84);
    read.base_bytes = lq_get_u64(at + 88);
    memcpy(read.hash, at + HASH_AT, LQ_HASH_BYTES);
    memcpy(read.base_digest, at + BASE_DIGEST_AT, LQ_HASH_BYTES);
    memcpy(read.piece_digest, at + PIECE_DIGEST_AT, LQ_HASH_BYTES);
    if (!fields_agree(&read)) {
        return LQ_ERR_CORRUPT;
    }
    *header = read;
    return LQ_OK;
}

bool lq_base_item_same(const struct lq_base_header *one, const struct lq_base_header *other)
{
    return one->partition == other->partition && one->tenant_number == other->tenant_number &&
           one->session_number == other->session_number && one->frame == other->frame &&
           one->first_frame == other->first_frame && one->sequence == other->sequence &&
           one->first_sequence == other->first_sequence && one->segment == other->segment &&
           one->piece_count == other->piece_count && one->record_count == other->record_count &&
           one->base_bytes == other->base_bytes &&
           memcmp(one->hash, other->hash, LQ_HASH_BYTES) == 0 &&
           memcmp(one->base_digest, other->base_digest, LQ_HASH_BYTES) == 0;
}

uint32_t lq_base_item_slot(const struct lq_base_header *newest, uint32_t newest_slot)
{
    LQ_ASSERT(newest_slot < LQ_SEGMENT_KEY_BASE_SLOTS);
    return newest == NULL ? 0 : (newest_slot + 1) % LQ_SEGMENT_KEY_BASE_SLOTS;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_packer.h"

void lq_segment_packer_start(struct lq_segment_packer *packer, lq_digest_fn digest, size_t body_max,
                             const struct lq_segment_position *position)
{
    LQ_ASSERT(digest != NULL);
    LQ_ASSERT(body_max <= LQ_SEGMENT_BODY_BYTES_MAX);
    LQ_ASSERT(body_max >= LQ_SEGMENT_PIECE_HEADER_BYTES + LQ_SEGMENT_PACKER_PIECE_BYTES_MIN);
    *packer = (struct lq_segment_packer){.digest = digest, .body_max = body_max, .at = *position};
    memcpy(packer->before, position->sequence, sizeof packer->before);
}

void lq_segment_packer_begin(struct lq_segment_packer *packer, uint8_t *body)
{
    LQ_ASSERT(packer->body == NULL);
    LQ_ASSERT(body != NULL);
    packer->body = body;
    packer->body_bytes = 0;
    packer->piece_count = 0;
    memset(packer->content, 0, sizeof packer->content);
    memcpy(packer->before, packer->at.sequence, sizeof packer->before);
}

static void add_piece(struct lq_segment_packer *packer, const struct lq_segment_entry *entry,
                      size_t bytes)
{
    struct lq_segment_piece piece = {
        .kind = entry->kind,
        .first = packer->taken == 0,
        .last = packer->taken + bytes == entry->bytes.bytes,
        .sequence = entry->sequence,
        .bytes = lq_view_of(entry->bytes.data + packer->taken, bytes),
    };
    uint8_t *to = packer->body + packer->body_bytes;

    lq_segment_encode_piece(&piece, to);
    memcpy(to + LQ_SEGMENT_PIECE_HEADER_BYTES, piece.bytes.data, bytes);
    lq_segment_add_identity(packer->digest, to, entry->identity, packer->content);
    packer->body_bytes += LQ_SEGMENT_PIECE_HEADER_BYTES + bytes;
    packer->piece_count++;
    packer->taken += bytes;
}

enum lq_result lq_segment_packer_add(struct lq_segment_packer *packer,
                                     const struct lq_segment_entry *entry)
{
    LQ_ASSERT(packer->body != NULL);
    LQ_ASSERT(entry->bytes.bytes > 0);
    if (entry->bytes.bytes > LQ_SEGMENT_ENTRY_BYTES_MAX) {
        return LQ_ERR_LIMIT;
    }
    if (entry->sequence <= packer->at.sequence[entry->kind - 1]) {
        return LQ_ERR_STALE;
    }
    if (packer->unfinished) {
        LQ_ASSERT(entry->kind == packer->kind);
        LQ_ASSERT(entry->sequence == packer->sequence);
        LQ_ASSERT(entry->bytes.bytes == packer->entry_bytes);
    } else {
        packer->kind = entry->kind;
        packer->sequence = entry->sequence;
        packer->entry_bytes = entry->bytes.bytes;
        packer->taken = 0;
    }
    size_t left = entry->bytes.bytes - packer->taken;
    size_t room = packer->body_max - packer->body_bytes;
    size_t smallest =
        left < LQ_SEGMENT_PACKER_PIECE_BYTES_MIN ? left : LQ_SEGMENT_PACKER_PIECE_BYTES_MIN;
    if (room < LQ_SEGMENT_PIECE_HEADER_BYTES + smallest) {
        return LQ_ERR_FULL;
    }
    room -= LQ_SEGMENT_PIECE_HEADER_BYTES;
    packer->unfinished = left > room;
    add_piece(packer, entry, left < room ? left : room);
    if (packer->unfinished) {
        return LQ_ERR_FULL;
    }
    packer->at.sequence[entry->kind - 1] = entry->sequence;
    memcpy(packer->at.identity[entry->kind - 1], entry->identity, LQ_HASH_BYTES);
    return LQ_OK;
}

void lq_segment_packer_close(struct lq_segment_packer *packer, struct lq_segment_header *header)
{
    LQ_ASSERT(packer->body != NULL);
    LQ_ASSERT(packer->piece_count > 0);
    *header = (struct lq_segment_header){.kind = LQ_SEGMENT_DATA,
                                         .after = packer->at,
                                         .piece_count = packer->piece_count,
                                         .body_bytes = (uint32_t)packer->body_bytes};
    memcpy(header->before, packer->before, sizeof header->before);
    memcpy(header->content, packer->content, sizeof header->content);
    packer->body = NULL;
    packer->piece_count = 0;
}

void lq_segment_packer_complete(const struct lq_segment_header *closed, lq_digest_fn digest,
                                const uint8_t *body, struct lq_segment_header *header,
                                uint8_t to[LQ_SEGMENT_HEADER_BYTES])
{
    header->kind = closed->kind;
    memcpy(header->before, closed->before, sizeof header->before);
    header->after = closed->after;
    header->piece_count = closed->piece_count;
    header->body_bytes = closed->body_bytes;
    memcpy(header->content, closed->content, sizeof header->content);
    lq_segment_encode(header, digest, lq_view_of(body, closed->body_bytes), to);
}

void lq_segment_packer_finish(struct lq_segment_packer *packer, struct lq_segment_header *header,
                              uint8_t to[LQ_SEGMENT_HEADER_BYTES])
{
    const uint8_t *body = packer->body;
    struct lq_segment_header closed;

    lq_segment_packer_close(packer, &closed);
    lq_segment_packer_complete(&closed, packer->digest, body, header, to);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/base_reader.h"

#include "base/little_endian.h"
#include "store/core/record.h"

void lq_base_reader_start(struct lq_base_reader *reader, lq_digest_fn digest, uint8_t *base,
                          size_t base_max)
{
    *reader = (struct lq_base_reader){.digest = digest, .base = base, .base_max = base_max};
}

static bool digest_is(lq_digest_fn digest, struct lq_view bytes,
                      const uint8_t expected[LQ_HASH_BYTES])
{
    uint8_t own[LQ_HASH_BYTES];

    digest(own, bytes);
    return memcmp(own, expected, sizeof own) == 0;
}

enum lq_result lq_base_reader_take(struct lq_base_reader *reader, struct lq_view from,
                                   struct lq_view body)
{
    struct lq_base_header header;

    reader->why = "its header cannot be read, or its digest is another";
    enum lq_result result = lq_base_item_decode(from, reader->digest, &header);
    if (result != LQ_OK) {
        return result;
    }
    reader->why = "a piece is missing, or of another base";
    if (header.piece != reader->pieces ||
        (header.piece > 0 && !lq_base_item_same(&reader->header, &header))) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = "the base is longer than the memory that was lent";
    if (header.base_bytes > reader->base_max) {
        return LQ_ERR_LIMIT;
    }
    reader->why = "a piece is not what its header says";
    if (body.bytes != header.piece_bytes || !digest_is(reader->digest, body, header.piece_digest)) {
        return LQ_ERR_CORRUPT;
    }
    memcpy(reader->base + reader->bytes, body.data, body.bytes);
    reader->bytes += body.bytes;
    reader->pieces++;
    reader->header = header;
    if (reader->pieces < header.piece_count) {
        reader->why = NULL;
        return LQ_ERR_NOT_FOUND;
    }
    reader->why = "the base is not what its header says";
    if (!digest_is(reader->digest, lq_view_of(reader->base, reader->bytes), header.base_digest)) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = NULL;
    reader->bytes = 0;
    return LQ_OK;
}

/* LQ_ERR_NOT_FOUND when the last record that was read is the head. */
static enum lq_result end_of_base(struct lq_base_reader *reader)
{
    reader->why = "its last record is not the head that it names";
    if (reader->records != reader->header.record_count || reader->frame != reader->header.frame ||
        reader->sequence != reader->header.sequence) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = NULL;
    return LQ_ERR_NOT_FOUND;
}

enum lq_result lq_base_reader_next(struct lq_base_reader *reader, struct lq_view *record)
{
    const struct lq_base_header *header = &reader->header;
    const uint8_t *at = reader->base + reader->bytes;
    size_t left = (size_t)header->base_bytes - reader->bytes;
    struct lq_record_header read;
    bool first = reader->records == 0;

    LQ_ASSERT(reader->pieces == header->piece_count);
    if (left == 0) {
        return end_of_base(reader);
    }
    reader->why = "what stands in it is no record";
    if (left < LQ_BASE_ITEM_RECORD_EXTRA_BYTES ||
        lq_get_u32(at) > left - LQ_BASE_ITEM_RECORD_EXTRA_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    *record = lq_view_of(at + LQ_BASE_ITEM_RECORD_EXTRA_BYTES, lq_get_u32(at));
    if (lq_record_decode_header(*record, &read) != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = "a record that does not follow the one before, or is another session's";
    if (!lq_base_item_follows(header, first, reader->frame, reader->sequence, &read) ||
        (first &&
         (read.frame != header->first_frame || read.ledger_sequence != header->first_sequence))) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = "the head has another H";
    if (read.ledger_sequence == header->sequence &&
        memcmp(record->data + LQ_RECORD_HASH_AT, header->hash, LQ_HASH_BYTES) != 0) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = NULL;
    reader->bytes += LQ_BASE_ITEM_RECORD_EXTRA_BYTES + record->bytes;
    reader->records++;
    reader->frame = read.frame;
    reader->sequence = read.ledger_sequence;
    return LQ_OK;
}

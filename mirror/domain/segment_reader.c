// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_reader.h"

#include "store/core/record.h"

static const uint8_t zeros[LQ_HASH_BYTES];

void lq_segment_reader_start(struct lq_segment_reader *reader, lq_digest_fn digest,
                             uint32_t partition, uint64_t tenant_number, uint8_t *buffer,
                             size_t buffer_max)
{
    LQ_ASSERT(digest != NULL);
    LQ_ASSERT(buffer != NULL);
    *reader = (struct lq_segment_reader){
        .digest = digest,
        .partition = partition,
        .tenant_number = tenant_number,
        .buffer = buffer,
        .buffer_max = buffer_max,
    };
}

/* NULL, or what does not fit. */
static const char *begins(const struct lq_segment_header *header)
{
    static const uint64_t none[LQ_SEGMENT_SOURCES];

    if (header->number > 1) {
        return NULL; /* what was before has expired */
    }
    if (header->kind != LQ_SEGMENT_CLAIM) {
        return "the first segment is no claim";
    }
    if (memcmp(header->previous, zeros, sizeof zeros) != 0 ||
        memcmp(header->before, none, sizeof none) != 0) {
        return "the first segment names others before it";
    }
    return NULL;
}

static const char *writer_follows(const struct lq_segment_header *before,
                                  const struct lq_segment_header *header)
{
    if (header->kind == LQ_SEGMENT_CLAIM) {
        return header->claim > before->claim ? NULL : "a claim that is not above the one before";
    }
    if (header->claim != before->claim ||
        memcmp(header->writer, before->writer, sizeof header->writer) != 0) {
        return "a segment of a writer that does not hold the claim";
    }
    return NULL;
}

static const char *follows(const struct lq_segment_header *before,
                           const struct lq_segment_header *header)
{
    if (header->number != before->number + 1) {
        return "a segment is missing";
    }
    if (memcmp(header->previous, before->digest, sizeof before->digest) != 0) {
        return "the segment before is another than the one it names";
    }
    if (memcmp(header->before, before->after.sequence, sizeof header->before) != 0) {
        return "it does not begin where the segment before ended";
    }
    for (int source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        if (header->after.sequence[source] == header->before[source] &&
            memcmp(header->after.identity[source], before->after.identity[source], LQ_HASH_BYTES) !=
                0) {
            return "an identity changed where no entry was added";
        }
    }
    return writer_follows(before, header);
}

/* How its first piece goes together with what is unfinished. */
static const char *goes_on(const struct lq_segment_reader *reader, bool is_first,
                           const struct lq_segment_piece *piece)
{
    if (reader->unfinished || reader->passing) {
        bool same = piece->kind == reader->kind && piece->sequence == reader->sequence;
        return piece->first || !same ? "an entry is not finished" : NULL;
    }
    return piece->first || is_first ? NULL : "a rest of an entry without its beginning";
}

enum lq_result lq_segment_reader_take(struct lq_segment_reader *reader, struct lq_view from,
                                      struct lq_view body)
{
    struct lq_segment_header header;
    struct lq_segment_piece piece;
    struct lq_view rest = body;
    bool is_first = reader->first_number == 0;

    LQ_ASSERT(reader->rest.bytes == 0);
    reader->why = "its header cannot be read, or its digest is another";
    enum lq_result result = lq_segment_decode_header(from, reader->digest, &header);
    if (result != LQ_OK) {
        return result;
    }
    reader->why = "its body is not what its header says";
    if (lq_segment_check_body(&header, reader->digest, body) != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = "a segment of another stream";
    if (header.partition != reader->partition || header.tenant_number != reader->tenant_number) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = is_first ? begins(&header) : follows(&reader->header, &header);
    if (reader->why == NULL && header.kind == LQ_SEGMENT_DATA &&
        lq_segment_next_piece(&rest, &piece) == LQ_OK) {
        reader->why = goes_on(reader, is_first, &piece);
        if (reader->why == NULL && is_first && !piece.first) {
            reader->passing = true;
            reader->kind = piece.kind;
            reader->sequence = piece.sequence;
        }
    }
    if (reader->why != NULL) {
        return LQ_ERR_CORRUPT;
    }
    if (header.kind == LQ_SEGMENT_CLAIM) {
        reader->unfinished = reader->passing = false;
    }
    reader->first_number = is_first ? header.number : reader->first_number;
    reader->header = header;
    reader->rest = body;
    return LQ_OK;
}

static enum lq_result check_record(struct lq_segment_reader *reader, struct lq_segment_entry *entry)
{
    struct lq_record_header record;
    const struct lq_segment_position *after = &reader->header.after;

    reader->why = "a record that does not fit its place";
    if (lq_record_decode_header(entry->bytes, &record) != LQ_OK ||
        record.ledger_sequence != entry->sequence || record.partition != reader->partition ||
        record.tenant_number != reader->tenant_number ||
        !lq_segment_record_identity(entry->bytes, entry->identity)) {
        return LQ_ERR_CORRUPT;
    }
    if (entry->sequence == after->sequence[LQ_SEGMENT_RECORD - 1] &&
        memcmp(entry->identity, after->identity[LQ_SEGMENT_RECORD - 1], LQ_HASH_BYTES) != 0) {
        return LQ_ERR_CORRUPT;
    }
    reader->why = NULL;
    return LQ_OK;
}

/* Of an entry in several pieces. LQ_ERR_NOT_FOUND: more of it has to come. */
static enum lq_result put_together(struct lq_segment_reader *reader,
                                   const struct lq_segment_piece *piece, struct lq_view *whole)
{
    if (piece->first) {
        reader->buffer_bytes = 0;
    }
    if (piece->bytes.bytes > reader->buffer_max - reader->buffer_bytes) {
        reader->why = "an entry is longer than the memory that was lent";
        return LQ_ERR_LIMIT;
    }
    memcpy(reader->buffer + reader->buffer_bytes, piece->bytes.data, piece->bytes.bytes);
    reader->buffer_bytes += piece->bytes.bytes;
    reader->unfinished = !piece->last;
    reader->kind = piece->kind;
    reader->sequence = piece->sequence;
    *whole = lq_view_of(reader->buffer, reader->buffer_bytes);
    return piece->last ? LQ_OK : LQ_ERR_NOT_FOUND;
}

enum lq_result lq_segment_reader_next(struct lq_segment_reader *reader,
                                      struct lq_segment_entry *entry)
{
    struct lq_segment_piece piece;

    do {
        if (lq_segment_next_piece(&reader->rest, &piece) != LQ_OK) {
            return LQ_ERR_NOT_FOUND; /* take has walked over all of them: it is the end */
        }
        if (reader->passing) {
            reader->passing = !piece.last;
            continue;
        }
        *entry = (struct lq_segment_entry){
            .kind = piece.kind, .sequence = piece.sequence, .bytes = piece.bytes};
        enum lq_result result =
            piece.first && piece.last ? LQ_OK : put_together(reader, &piece, &entry->bytes);
        if (result == LQ_OK && entry->kind == LQ_SEGMENT_RECORD) {
            result = check_record(reader, entry);
        }
        if (result != LQ_ERR_NOT_FOUND) {
            return result;
        }
    } while (true);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment.h"

#include "base/contract.h"
#include "base/little_endian.h"
#include "store/core/broker_entry.h"
#include "store/core/outbox_entry.h"
#include "store/core/record.h"

#include <assert.h>

enum {
    WRITER_AT = 32,
    BEFORE_AT = 48,
    AFTER_AT = 72,
    IDENTITIES_AT = 112,
    CONTENT_AT = 208,
    BODY_DIGEST_AT = 240,
    PREVIOUS_AT = 272,
    FLAGS_KNOWN = LQ_SEGMENT_FIRST_PIECE | LQ_SEGMENT_LAST_PIECE,
    EVENT_GENERATION_AT = 4, /* of a sealed event: the four bytes that its identity leaves out */
    EVENT_GENERATION_BYTES = 4
};

static_assert(LQ_SEGMENT_DIGEST_AT + LQ_HASH_BYTES == LQ_SEGMENT_HEADER_BYTES, "it comes last");
static_assert(PREVIOUS_AT + LQ_HASH_BYTES == LQ_SEGMENT_DIGEST_AT, "nothing in between");
static_assert(LQ_SEGMENT_ITEM_BYTES_MAX < 400 * 1024, "what the table takes");

static const uint8_t zeros[LQ_HASH_BYTES];

void lq_segment_encode(struct lq_segment_header *header, lq_digest_fn digest, struct lq_view body,
                       uint8_t to[LQ_SEGMENT_HEADER_BYTES])
{
    LQ_ASSERT(header->number > 0);
    LQ_ASSERT(header->claim > 0);
    LQ_ASSERT(body.bytes == header->body_bytes);
    LQ_ASSERT(body.bytes <= LQ_SEGMENT_BODY_BYTES_MAX);
    LQ_ASSERT((header->kind == LQ_SEGMENT_CLAIM) == (header->piece_count == 0));
    digest(header->body_digest, body);
    lq_put_u16(to, LQ_SEGMENT_VERSION);
    to[2] = (uint8_t)header->kind;
    to[3] = 0;
    lq_put_u32(to + 4, header->partition);
    lq_put_u64(to + 8, header->tenant_number);
    lq_put_u64(to + 16, header->number);
    lq_put_u64(to + 24, header->claim);
    memcpy(to + WRITER_AT, header->writer, LQ_SEGMENT_WRITER_BYTES);
    for (size_t source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        lq_put_u64(to + BEFORE_AT + 8 * source, header->before[source]);
        lq_put_u64(to + AFTER_AT + 8 * source, header->after.sequence[source]);
        memcpy(to + IDENTITIES_AT + LQ_HASH_BYTES * source, header->after.identity[source],
               LQ_HASH_BYTES);
    }
    lq_put_u32(to + 96, header->piece_count);
    lq_put_u32(to + 100, header->body_bytes);
    lq_put_u64(to + 104, header->wall_ns);
    memcpy(to + CONTENT_AT, header->content, LQ_HASH_BYTES);
    memcpy(to + BODY_DIGEST_AT, header->body_digest, LQ_HASH_BYTES);
    memcpy(to + PREVIOUS_AT, header->previous, LQ_HASH_BYTES);
    digest(header->digest, lq_view_of(to, LQ_SEGMENT_DIGEST_AT));
    memcpy(to + LQ_SEGMENT_DIGEST_AT, header->digest, LQ_HASH_BYTES);
}

static bool fields_agree(const struct lq_segment_header *header)
{
    bool claim = header->kind == LQ_SEGMENT_CLAIM;
    bool moved = false;

    for (int source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        uint64_t sequence = header->after.sequence[source];
        bool known = memcmp(header->after.identity[source], zeros, sizeof zeros) != 0;
        if (sequence < header->before[source] || known != (sequence > 0)) {
            return false;
        }
        moved = moved || sequence > header->before[source];
    }
    if (header->number == 0 || header->claim == 0) {
        return false;
    }
    if (header->tenant_number == 0 && header->after.sequence[LQ_SEGMENT_RECORD - 1] > 0) {
        return false; /* a record is always some tenant's */
    }
    if (claim) {
        return header->piece_count == 0 && header->body_bytes == 0 && !moved &&
               memcmp(header->content, zeros, sizeof zeros) == 0;
    }
    return header->piece_count > 0 && header->body_bytes <= LQ_SEGMENT_BODY_BYTES_MAX &&
           header->body_bytes > (uint64_t)header->piece_count * LQ_SEGMENT_PIECE_HEADER_BYTES;
}

enum lq_result lq_segment_decode_header(struct lq_view from, lq_digest_fn digest,
                                        struct lq_segment_header *header)
{
    const uint8_t *at = from.data;
    struct lq_segment_header read = {0};
    uint8_t own[LQ_HASH_BYTES];

    if (from.bytes < 2) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(at) != LQ_SEGMENT_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (from.bytes != LQ_SEGMENT_HEADER_BYTES || at[3] != 0 ||
        (at[2] != LQ_SEGMENT_CLAIM && at[2] != LQ_SEGMENT_DATA)) {
        return LQ_ERR_CORRUPT;
    }
    digest(own, lq_view_of(at, LQ_SEGMENT_DIGEST_AT));
    if (memcmp(own, at + LQ_SEGMENT_DIGEST_AT, sizeof own) != 0) {
        return LQ_ERR_CORRUPT;
    }
    read.kind = at[2];
    read.partition = lq_get_u32(at + 4);
    read.tenant_number = lq_get_u64(at + 8);
    read.number = lq_get_u64(at + 16);
    read.claim = lq_get_u64(at + 24);
    memcpy(read.writer, at + WRITER_AT, sizeof read.writer);
    for (size_t source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        read.before[source] = lq_get_u64(at + BEFORE_AT + 8 * source);
        read.after.sequence[source] = lq_get_u64(at + AFTER_AT + 8 * source);
        memcpy(read.after.identity[source], at + IDENTITIES_AT + LQ_HASH_BYTES * source,
               LQ_HASH_BYTES);
    }
    read.piece_count = lq_get_u32(at + 96);
    read.body_bytes = lq_get_u32(at + 100);
    read.wall_ns = lq_get_u64(at + 104);
    memcpy(read.content, at + CONTENT_AT, LQ_HASH_BYTES);
    memcpy(read.body_digest, at + BODY_DIGEST_AT, LQ_HASH_BYTES);
    memcpy(read.previous, at + PREVIOUS_AT, LQ_HASH_BYTES);
    memcpy(read.digest, own, LQ_HASH_BYTES);
    if (!fields_agree(&read)) {
        return LQ_ERR_CORRUPT;
    }
    *header = read;
    return LQ_OK;
}

void lq_segment_encode_piece(const struct lq_segment_piece *piece,
                             uint8_t to[LQ_SEGMENT_PIECE_HEADER_BYTES])
{
    LQ_ASSERT(piece->sequence > 0);
    LQ_ASSERT(piece->bytes.bytes > 0);
    LQ_ASSERT(piece->bytes.bytes <= LQ_SEGMENT_BODY_BYTES_MAX);
    to[0] = (uint8_t)piece->kind;
    to[1] = (uint8_t)((piece->first ? LQ_SEGMENT_FIRST_PIECE : 0) |
                      (piece->last ? LQ_SEGMENT_LAST_PIECE : 0));
    lq_put_u16(to + 2, 0);
    lq_put_u32(to + 4, (uint32_t)piece->bytes.bytes);
    lq_put_u64(to + 8, piece->sequence);
}

enum lq_result lq_segment_next_piece(struct lq_view *rest, struct lq_segment_piece *piece)
{
    const uint8_t *at = rest->data;

    if (rest->bytes == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    if (rest->bytes < LQ_SEGMENT_PIECE_HEADER_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    size_t room = rest->bytes - LQ_SEGMENT_PIECE_HEADER_BYTES;
    size_t bytes = lq_get_u32(at + 4);
    uint64_t sequence = lq_get_u64(at + 8);
    if (at[0] < LQ_SEGMENT_RECORD || at[0] > LQ_SEGMENT_BROKER || (at[1] & ~FLAGS_KNOWN) != 0 ||
        lq_get_u16(at + 2) != 0 || bytes == 0 || bytes > room || sequence == 0) {
        return LQ_ERR_CORRUPT;
    }
    piece->kind = at[0];
    piece->first = (at[1] & LQ_SEGMENT_FIRST_PIECE) != 0;
    piece->last = (at[1] & LQ_SEGMENT_LAST_PIECE) != 0;
    piece->sequence = sequence;
    piece->bytes = lq_view_of(at + LQ_SEGMENT_PIECE_HEADER_BYTES, bytes);
    *rest = lq_view_of(piece->bytes.data + bytes, room - bytes);
    return LQ_OK;
}

/* Only the first piece of a body may go on with an entry, only its last one may leave one open. */
static bool piece_fits(const struct lq_segment_header *header, const struct lq_segment_piece *piece,
                       uint32_t index, const uint64_t *covered)
{
    return (piece->first || index == 0) && (piece->last || index + 1 == header->piece_count) &&
           piece->sequence > covered[piece->kind - 1] &&
           !(header->tenant_number == 0 && piece->kind == LQ_SEGMENT_RECORD);
}

enum lq_result lq_segment_check_body(const struct lq_segment_header *header, lq_digest_fn digest,
                                     struct lq_view body)
{
    uint64_t covered[LQ_SEGMENT_SOURCES];
    struct lq_view rest = body;
    struct lq_segment_piece piece;
    uint8_t own[LQ_HASH_BYTES];

    if (body.bytes != header->body_bytes) {
        return LQ_ERR_CORRUPT;
    }
    digest(own, body);
    if (memcmp(own, header->body_digest, sizeof own) != 0) {
        return LQ_ERR_CORRUPT;
    }
    memcpy(covered, header->before, sizeof covered);
    for (uint32_t index = 0; index < header->piece_count; index++) {
        if (lq_segment_next_piece(&rest, &piece) != LQ_OK ||
            !piece_fits(header, &piece, index, covered)) {
            return LQ_ERR_CORRUPT;
        }
        if (piece.last) {
            covered[piece.kind - 1] = piece.sequence;
        }
    }
    bool arrived = memcmp(covered, header->after.sequence, sizeof covered) == 0;
    return rest.bytes == 0 && arrived ? LQ_OK : LQ_ERR_CORRUPT;
}

void lq_segment_add_identity(lq_digest_fn digest, const uint8_t *piece_header,
                             const uint8_t entry_identity[LQ_HASH_BYTES],
                             uint8_t content[LQ_HASH_BYTES])
{
    uint8_t message[LQ_HASH_BYTES + LQ_SEGMENT_PIECE_HEADER_BYTES + LQ_HASH_BYTES];

    memcpy(message, content, LQ_HASH_BYTES);
    memcpy(message + LQ_HASH_BYTES, piece_header, LQ_SEGMENT_PIECE_HEADER_BYTES);
    memcpy(message + LQ_HASH_BYTES + LQ_SEGMENT_PIECE_HEADER_BYTES, entry_identity, LQ_HASH_BYTES);
    digest(content, lq_view_of(message, sizeof message));
}

bool lq_segment_same_step(const struct lq_segment_header *one,
                          const struct lq_segment_header *other)
{
    return one->kind == other->kind && one->partition == other->partition &&
           one->tenant_number == other->tenant_number && one->number == other->number &&
           one->claim == other->claim && one->piece_count == other->piece_count &&
           one->body_bytes == other->body_bytes &&
           memcmp(one->writer, other->writer, sizeof one->writer) == 0 &&
           memcmp(one->before, other->before, sizeof one->before) == 0 &&
           memcmp(one->after.sequence, other->after.sequence, sizeof one->after.sequence) == 0 &&
           memcmp(one->after.identity, other->after.identity, sizeof one->after.identity) == 0 &&
           memcmp(one->content, other->content, sizeof one->content) == 0;
}

bool lq_segment_record_identity(struct lq_view record, uint8_t identity[LQ_HASH_BYTES])
{
    if (record.bytes < LQ_RECORD_EXTRA_BYTES) {
        return false;
    }
    memcpy(identity, record.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    return true;
}

bool lq_segment_event_identity(lq_digest_fn digest, struct lq_view event,
                               uint8_t identity[LQ_HASH_BYTES])
{
    uint8_t clear[LQ_OUTBOX_ENTRY_HEADER_BYTES];

    if (event.bytes < LQ_OUTBOX_ENTRY_SEALED_BYTES) {
        return false;
    }
    memcpy(clear, event.data, sizeof clear);
    memset(clear + EVENT_GENERATION_AT, 0, EVENT_GENERATION_BYTES);
    digest(identity, lq_view_of(clear, sizeof clear));
    return true;
}

void lq_segment_broker_identity(lq_digest_fn digest, struct lq_view sealed,
                                uint8_t identity[LQ_HASH_BYTES])
{
    struct lq_broker_entry entry;

    if (lq_broker_entry_read_header(sealed, &entry) == LQ_OK && entry.is_sealed) {
        sealed.bytes = LQ_BROKER_ENTRY_HEADER_BYTES;
    }
    digest(identity, sealed);
}

void lq_segment_plain_identity(lq_digest_fn digest, struct lq_view entry,
                               uint8_t identity[LQ_HASH_BYTES])
{
    digest(identity, entry);
}

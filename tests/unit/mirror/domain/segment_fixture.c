// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/mirror/domain/segment_fixture.h"

void lq_fixture_digest(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    uint64_t mixed = 0xcbf29ce484222325u + message.bytes;

    for (size_t at = 0; at < message.bytes; at++) {
        mixed = (mixed ^ message.data[at]) * 0x100000001b3u;
    }
    for (int at = 0; at < LQ_HASH_BYTES; at++) {
        mixed = (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9u;
        digest[at] = (uint8_t)(mixed >> 56);
    }
}

const uint8_t *lq_fixture_writer(char letter)
{
    static uint8_t writer[LQ_SEGMENT_WRITER_BYTES];

    memset(writer, letter, sizeof writer);
    return writer;
}

static uint8_t *next_memory(void)
{
    static uint8_t memory[8][LQ_RECORD_EXTRA_BYTES + LQ_FIXTURE_CONTENT_MAX];
    static unsigned int turn;

    return memory[turn++ % 8];
}

struct lq_segment_entry lq_fixture_record(uint64_t sequence, size_t content_bytes)
{
    uint8_t *bytes = next_memory();
    struct lq_record_header header = {
        .version = LQ_RECORD_VERSION,
        .seal_version = LQ_RECORD_SEAL_VERSION,
        .form = LQ_RECORD_WHOLE,
        .kind = LQ_RECORD_KEYFRAME,
        .partition = LQ_FIXTURE_PARTITION,
        .content_bytes = (uint32_t)content_bytes,
        .ledger_sequence = sequence,
        .tenant_number = LQ_FIXTURE_TENANT,
        .session_number = 5,
        .frame = sequence - 1,
        .keyframe_sequence = sequence,
    };
    struct lq_segment_entry entry = {.kind = LQ_SEGMENT_RECORD, .sequence = sequence};

    LQ_ASSERT(content_bytes <= LQ_FIXTURE_CONTENT_MAX);
    memset(bytes, (int)sequence, lq_record_bytes(content_bytes));
    lq_record_encode_header(&header, bytes);
    entry.bytes = lq_view_of(bytes, lq_record_bytes(content_bytes));
    LQ_ASSERT(lq_segment_record_identity(entry.bytes, entry.identity));
    return entry;
}

struct lq_segment_entry lq_fixture_note(enum lq_segment_entry_kind kind, uint64_t sequence,
                                        size_t bytes)
{
    struct lq_segment_entry entry = {.kind = kind, .sequence = sequence};
    uint8_t *memory = next_memory();

    LQ_ASSERT(bytes <= LQ_FIXTURE_CONTENT_MAX);
    memset(memory, (int)(sequence + kind), bytes);
    entry.bytes = lq_view_of(memory, bytes);
    lq_segment_plain_identity(lq_fixture_digest, entry.bytes, entry.identity);
    return entry;
}

static void follow(struct lq_segment_header *header, const struct lq_segment_header *before)
{
    header->number = 1;
    if (before != NULL) {
        header->number = before->number + 1;
        memcpy(header->previous, before->digest, LQ_HASH_BYTES);
    }
}

void lq_fixture_claim(struct lq_fixture_segment *segment, char writer, uint64_t claim,
                      const struct lq_segment_header *before)
{
    struct lq_segment_header header = {
        .kind = LQ_SEGMENT_CLAIM,
        .partition = LQ_FIXTURE_PARTITION,
        .tenant_number = LQ_FIXTURE_TENANT,
        .claim = claim,
    };

    follow(&header, before);
    memcpy(header.writer, lq_fixture_writer(writer), sizeof header.writer);
    if (before != NULL) {
        header.after = before->after;
        memcpy(header.before, before->after.sequence, sizeof header.before);
    }
    segment->header = header;
    lq_fixture_seal(segment);
}

void lq_fixture_finish(struct lq_segment_packer *packer, struct lq_fixture_segment *segment,
                       const struct lq_segment_header *before)
{
    struct lq_segment_header header = {
        .partition = LQ_FIXTURE_PARTITION,
        .tenant_number = LQ_FIXTURE_TENANT,
        .claim = before->claim,
    };

    follow(&header, before);
    memcpy(header.writer, before->writer, sizeof header.writer);
    lq_segment_packer_finish(packer, &header, segment->header_bytes);
    segment->header = header;
}

void lq_fixture_seal(struct lq_fixture_segment *segment)
{
    lq_segment_encode(&segment->header, lq_fixture_digest, lq_fixture_body(segment),
                      segment->header_bytes);
}

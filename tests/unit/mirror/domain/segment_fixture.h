// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* segment_fixture.h - segments to test with. The digest stands in for BLAKE2b. */
#ifndef LQ_SEGMENT_FIXTURE_H
#define LQ_SEGMENT_FIXTURE_H

#include "mirror/domain/segment_packer.h"
#include "store/core/record.h"

enum {
    LQ_FIXTURE_BODY_BYTES = 4096,
    LQ_FIXTURE_TENANT = 3,
    LQ_FIXTURE_PARTITION = 2,
    LQ_FIXTURE_CONTENT_MAX = 1000
};

/* A segment as the table has it. */
struct lq_fixture_segment {
    struct lq_segment_header header;
    uint8_t header_bytes[LQ_SEGMENT_HEADER_BYTES];
    uint8_t body[LQ_FIXTURE_BODY_BYTES];
};

void lq_fixture_digest(uint8_t digest[LQ_HASH_BYTES], struct lq_view message);

static inline struct lq_view lq_fixture_header(const struct lq_fixture_segment *segment)
{
    return lq_view_of(segment->header_bytes, LQ_SEGMENT_HEADER_BYTES);
}

static inline struct lq_view lq_fixture_body(const struct lq_fixture_segment *segment)
{
    return lq_view_of(segment->body, segment->header.body_bytes);
}

/* A writer's id: sixteen times `letter`. */
const uint8_t *lq_fixture_writer(char letter);

/* A record of the fixture's tenant, in memory that lives until eight more were made. */
struct lq_segment_entry lq_fixture_record(uint64_t sequence, size_t content_bytes);

/* A note or an event of another kind, likewise. */
struct lq_segment_entry lq_fixture_note(enum lq_segment_entry_kind kind, uint64_t sequence,
                                        size_t bytes);

/* The first segment of the fixture's stream: a claim. */
void lq_fixture_claim(struct lq_fixture_segment *segment, char writer, uint64_t claim,
                      const struct lq_segment_header *before);

/* What the packer has, behind `before`. */
void lq_fixture_finish(struct lq_segment_packer *packer, struct lq_fixture_segment *segment,
                       const struct lq_segment_header *before);

/* After its fields were changed: header bytes and digests are made anew. */
void lq_fixture_seal(struct lq_fixture_segment *segment);

#endif

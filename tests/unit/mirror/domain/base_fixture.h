// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base_fixture.h - a base to test with: three records of one session. */
#ifndef LQ_BASE_FIXTURE_H
#define LQ_BASE_FIXTURE_H

#include "mirror/domain/base_reader.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

enum {
    LQ_FIXTURE_RECORDS = 3,
    LQ_FIXTURE_BASE_MAX = 4000,
    LQ_FIXTURE_PIECE_MAX = 400,
    LQ_FIXTURE_CONTENT = 72
};

struct lq_base_fixture {
    uint8_t records[LQ_FIXTURE_RECORDS][LQ_RECORD_EXTRA_BYTES + LQ_FIXTURE_CONTENT];
    struct lq_base_header header;
    uint8_t base[LQ_FIXTURE_BASE_MAX];
    uint8_t again[LQ_FIXTURE_BASE_MAX];
    struct lq_base_reader reader; /* reads into `again` */
};

extern struct lq_base_fixture lq_base_fixture;

/* Frames 7 to 9 of session 5, at ledger sequences 20, 30, 40; each 296 bytes. */
struct lq_view lq_base_fixture_record(int index);

/* A header as it is before the first record. */
void lq_base_fixture_begin(void);

/* All three, cut. */
void lq_base_fixture_make(size_t piece_max);

/* Give the reader that piece. */
enum lq_result lq_base_fixture_take(uint32_t piece);

#endif

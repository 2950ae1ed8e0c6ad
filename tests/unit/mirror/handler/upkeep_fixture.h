// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* upkeep_fixture.h - a ledger, and the streams of a mirror that has claimed them in a fake table:
 * what stands in the table is set by hand. */
#ifndef LQ_UPKEEP_FIXTURE_H
#define LQ_UPKEEP_FIXTURE_H

#include "mirror/domain/write_budget.h"
#include "mirror/handler/ledger_source.h"
#include "mirror/handler/mirror_streams.h"
#include "tests/unit/mirror/handler/fake_table.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

enum { LQ_UPKEEP_PLACE = 1 }; /* of the stream of tenant 1, `demo` */

#define LQ_UPKEEP_PK "T#demo#P#0"

struct lq_upkeep_fixture {
    struct lq_ledger_fixture ledger;
    struct lq_ledger_source source;
    struct lq_mirror_streams streams;
    struct lq_write_budget budget;
    uint64_t now_ns;
    uint64_t frame; /* of session 1, `s1` */
};

extern struct lq_upkeep_fixture lq_upkeep_fixture;

/* Tenant 1 with session 1 at frame 0, which is record 1. */
void lq_upkeep_fixture_make(void);
void lq_upkeep_fixture_remove(void);

/* Another frame of session 1; the sequence of its record. */
uint64_t lq_upkeep_fixture_frame(void);

/* The stream of `demo` is in the table up to a record, with segment `number`. */
void lq_upkeep_fixture_durable(uint64_t sequence, uint64_t number);

#endif

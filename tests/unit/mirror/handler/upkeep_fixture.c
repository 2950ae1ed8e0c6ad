// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/mirror/handler/upkeep_fixture.h"

#include "base/clock.h"
#include "tests/support/suite.h"

struct lq_upkeep_fixture lq_upkeep_fixture;

void lq_upkeep_fixture_make(void)
{
    const struct lq_mirror_streams_options options = {
        .tenants_max = 4, .bodies_max = 2, .body_bytes = 4096, .flush_ns = LQ_NS_PER_S};
    struct lq_upkeep_fixture *fixture = &lq_upkeep_fixture;

    memset(fixture, 0, sizeof *fixture);
    lq_fake_table_clear();
    lq_ledger_fixture_make(&fixture->ledger);
    lq_ledger_fixture_open(&fixture->ledger);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture->ledger, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture->ledger, "demo", "s1", 2),
                     LQ_COMMIT_DONE);
    fixture->source.ledger = fixture->ledger.ledger;
    lq_mirror_streams_init(&fixture->streams, &options);
    ck_assert_int_eq(lq_mirror_streams_add(&fixture->streams, lq_view_text("demo"), 1), LQ_OK);
    fixture->streams.streams[LQ_UPKEEP_PLACE].knows_policy = true;
    fixture->now_ns = 1000 * LQ_NS_PER_S;
    lq_write_budget_init(&fixture->budget, 0, fixture->now_ns);
}

void lq_upkeep_fixture_remove(void)
{
    lq_mirror_streams_destroy(&lq_upkeep_fixture.streams);
    lq_ledger_fixture_remove(&lq_upkeep_fixture.ledger);
}

uint64_t lq_upkeep_fixture_frame(void)
{
    uint64_t frame = ++lq_upkeep_fixture.frame;

    ck_assert_int_eq(
        lq_ledger_fixture_frame(&lq_upkeep_fixture.ledger, "demo", "s1", frame, 10 + frame),
        LQ_COMMIT_DONE);
    return 1 + frame;
}

void lq_upkeep_fixture_durable(uint64_t sequence, uint64_t number)
{
    struct lq_stream_log *log = &lq_upkeep_fixture.streams.set.streams[LQ_UPKEEP_PLACE];

    log->state = LQ_STREAM_LOG_OPEN;
    log->found = true;
    log->table.number = number;
    log->table.after.sequence[LQ_SEGMENT_RECORD - 1] = sequence;
    lq_upkeep_fixture.streams.streams[LQ_UPKEEP_PLACE].is_started = true;
}

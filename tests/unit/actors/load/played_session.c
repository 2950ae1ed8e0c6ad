// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/actors/load/played_session.h"

#include "proto/tick_codec.h"
#include "tests/support/suite.h"
#include "world/canonical.h"

enum { EVENT_BYTES_MAX = 96 };

static void commit(struct lq_played_session *played, enum lq_commit_kind kind)
{
    static uint8_t content[LQ_TICK_BYTES_MAX];
    static uint8_t encoded[LQ_EVENTS_PER_TICK_MAX][EVENT_BYTES_MAX];
    struct lq_commit_event events[LQ_EVENTS_PER_TICK_MAX];
    struct lq_tick *tick = &played->tick;
    size_t bytes = 0;

    for (uint32_t at = 0; at < tick->event_count; at++) {
        size_t event_bytes = 0;
        ck_assert_int_eq(
            lq_tick_event_encode(&tick->events[at], encoded[at], EVENT_BYTES_MAX, &event_bytes),
            LQ_OK);
        events[at] = (struct lq_commit_event){lq_view_of(encoded[at], event_bytes), at, false};
    }
    lq_tick_conclude(tick);
    ck_assert_int_eq(lq_canonical_encode(tick, content, sizeof content, &bytes), LQ_OK);
    struct lq_commit item = {.kind = kind,
                             .execution = {1, 100 + tick->frame},
                             .names = lq_session_names_of("demo", "s1"),
                             .frame = tick->frame,
                             .content = lq_view_of(content, bytes),
                             .events = events,
                             .event_count = tick->event_count};
    ck_assert_int_eq(lq_ledger_commit(played->store.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    ck_assert_uint_lt(tick->frame, LQ_PLAYED_FRAMES_MAX);
    played->sequences[tick->frame] = item.ledger_sequence;
    memcpy(played->hashes[tick->frame], item.hash, LQ_HASH_BYTES);
}

void lq_played_session_make(struct lq_played_session *played)
{
    struct lq_tick *tick = &played->tick;

    lq_ledger_fixture_make(&played->store);
    lq_ledger_fixture_open(&played->store);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&played->store, "demo", 1), LQ_COMMIT_DONE);
    lq_tick_clear(tick);
    strcpy(tick->tenant, "demo");
    strcpy(tick->session, "s1");
    tick->config = (struct lq_session_config){.seed = 7,
                                              .rate_numerator = 20,
                                              .rate_denominator = 1,
                                              .steps_per_command = 1,
                                              .width = 100,
                                              .height = 100,
                                              .restitution = 0.5f};
    commit(played, LQ_COMMIT_CREATE_SESSION);
}

void lq_played_session_remove(struct lq_played_session *played)
{
    lq_ledger_fixture_remove(&played->store);
}

void lq_played_session_next(struct lq_played_session *played)
{
    lq_tick_advance(&played->tick);
    played->tick.steps = 1;
    played->tick.wall_time_ns = 1000 + played->tick.frame;
}

void lq_played_session_commit(struct lq_played_session *played)
{
    commit(played, LQ_COMMIT_FRAME);
}

uint32_t lq_played_session_event_count(uint64_t frame)
{
    return (uint32_t)(frame % 3);
}

void lq_played_session_play(struct lq_played_session *played, uint64_t last)
{
    while (played->tick.frame < last) {
        lq_played_session_next(played);
        for (uint32_t at = 0; at < lq_played_session_event_count(played->tick.frame); at++) {
            lq_tick_emit(&played->tick, at == 0 ? "First" : "Second", (uint32_t)played->tick.frame,
                         NULL);
        }
        lq_played_session_commit(played);
    }
}

void lq_played_session_shred(struct lq_played_session *played)
{
    struct lq_commit item = {
        .kind = LQ_COMMIT_SHRED_TENANT, .execution = {1, 99}, .names.tenant = lq_view_text("demo")};

    ck_assert_int_eq(lq_ledger_commit(played->store.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/store/lmdb/delta_session.h"

#include "store/core/record.h"
#include "tests/support/suite.h"
#include "world/canonical.h"

#include <stdio.h>
#include <stdlib.h>

static struct lq_tick before;
static struct lq_tick scratch_tick;
static struct lq_tick_delta_scratch scratch;
static uint8_t delta[LQ_TICK_BYTES_MAX + LQ_TICK_DELTA_BYTES_OVER];
static uint8_t encoded[LQ_TICK_BYTES_MAX];

static void keep_content(struct lq_delta_session *session, bool is_keyframe)
{
    struct lq_delta_content *content = &session->contents[session->frame];
    size_t bytes = 0;

    ck_assert_int_eq(lq_canonical_encode(&session->tick, encoded, sizeof encoded, &bytes), LQ_OK);
    content->bytes = malloc(bytes);
    ck_assert_ptr_nonnull(content->bytes);
    memcpy(content->bytes, encoded, bytes);
    content->count = bytes;
    content->is_keyframe = is_keyframe;
}

static struct lq_view content_of(const struct lq_delta_session *session, uint64_t frame)
{
    return lq_view_of(session->contents[frame].bytes, session->contents[frame].count);
}

static void commit(struct lq_ledger_fixture *fixture, struct lq_delta_session *session,
                   struct lq_commit *item)
{
    struct lq_salted_digest digest;

    lq_salted_digest_draw(&digest, 1);
    item->names = lq_session_names_of(session->tenant, session->name);
    item->execution = (struct lq_execution_id){1, 1000 + session->frame};
    item->frame = session->frame;
    item->content = content_of(session, session->frame);
    lq_salted_digest_make(&digest, item->content);
    item->digest = &digest;
    ck_assert_int_eq(lq_ledger_commit(fixture->ledger, item, 1), LQ_OK);
    ck_assert_int_eq(item->verdict, LQ_COMMIT_DONE);
    memcpy(session->digest, digest.digest, sizeof session->digest);
}

void lq_delta_session_create(struct lq_ledger_fixture *fixture, struct lq_delta_session *session,
                             const char *tenant, const char *name, uint32_t bodies_max)
{
    struct lq_commit item = {.kind = LQ_COMMIT_CREATE_SESSION};

    session->tenant = tenant;
    session->name = name;
    session->frame = session->keyframe = 0;
    lq_tick_clear(&session->tick);
    lq_random_world_fill(&session->random, &session->tick, bodies_max);
    snprintf(session->tick.tenant, sizeof session->tick.tenant, "%s", tenant);
    snprintf(session->tick.session, sizeof session->tick.session, "%s", name);
    session->tick.frame = 0;
    session->tick.command_count = session->tick.event_count = 0;
    keep_content(session, true);
    commit(fixture, session, &item);
}

void lq_delta_session_free(struct lq_delta_session *session)
{
    for (uint64_t frame = 0; frame <= session->frame; frame++) {
        free(session->contents[frame].bytes);
        session->contents[frame].bytes = NULL;
    }
}

static void move(struct lq_delta_session *session, bool anew)
{
    struct lq_tick *tick = &session->tick;

    lq_tick_advance(tick);
    tick->steps = 1;
    ck_assert_int_eq(lq_tick_add_stage(tick, "load", 2), LQ_OK);
    if (anew) {
        lq_tick_clear(&scratch_tick);
        lq_random_world_fill(&session->random, &scratch_tick, 40);
        tick->world = scratch_tick.world;
    }
    for (uint32_t body = 0; body < tick->world.body_count; body++) {
        if (lq_random_world_number(&session->random, 3) == 0) {
            tick->world.x[body] *= 0.999;
        }
    }
    session->frame++;
    ck_assert_uint_lt(session->frame, LQ_DELTA_FRAMES_MAX);
    ck_assert_uint_eq(tick->frame, session->frame);
}

void lq_delta_session_next(struct lq_ledger_fixture *fixture, struct lq_delta_session *session,
                           enum lq_delta_given given, bool anew)
{
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME};
    const struct lq_tick_delta_room room = {delta, sizeof delta};
    uint32_t every = fixture->options.keyframe_every;
    uint8_t against[LQ_HASH_BYTES];
    size_t bytes = 0;

    before = session->tick;
    memcpy(against, session->digest, sizeof against);
    move(session, anew);
    keep_content(session, true);
    ck_assert_int_eq(lq_tick_delta_encode(&before, &session->tick, &scratch, room, &bytes), LQ_OK);
    against[0] ^= given == LQ_DELTA_AGAINST_ANOTHER;
    if (given != LQ_DELTA_NONE) {
        item.delta = lq_view_of(delta, bytes);
        item.delta_against = against;
    }
    bool pays = lq_record_delta_pays(bytes, session->contents[session->frame].count);
    bool is_due = session->frame - session->keyframe >= (every == 0 ? LQ_RECORD_SPAN_MAX : every);
    session->contents[session->frame].is_keyframe = given != LQ_DELTA_RIGHT || !pays || is_due;
    session->keyframe =
        session->contents[session->frame].is_keyframe ? session->frame : session->keyframe;
    commit(fixture, session, &item);
}

void lq_delta_session_check_frame(struct lq_ledger_fixture *fixture,
                                  const struct lq_delta_session *session, uint64_t frame)
{
    struct lq_record_info info;
    struct lq_view content;
    enum lq_result result =
        lq_ledger_fixture_read(fixture, session->tenant, session->name, frame, &content, &info);

    ck_assert_msg(result == LQ_OK, "frame %d: %s", (int)frame, fixture->message.text);
    ck_assert_msg(lq_view_equal(content, content_of(session, frame)), "frame %d of %d", (int)frame,
                  (int)session->frame);
    ck_assert_msg(info.is_keyframe == session->contents[frame].is_keyframe,
                  "frame %d, after keyframe %d", (int)frame, (int)session->keyframe);
}

void lq_delta_session_check_newest(struct lq_ledger_fixture *fixture,
                                   const struct lq_delta_session *session)
{
    struct lq_session_names names = lq_session_names_of(session->tenant, session->name);
    struct lq_view content;
    struct lq_head head;
    size_t bytes = 0;

    ck_assert_int_eq(lq_ledger_read_begin(fixture->ledger), LQ_OK);
    enum lq_result result = lq_ledger_read_newest(fixture->ledger, names, &head, &scratch_tick,
                                                  &content, &fixture->message);
    ck_assert_msg(result == LQ_OK, "%s", fixture->message.text);
    ck_assert_uint_eq(head.frame, session->frame);
    ck_assert(lq_view_equal(content, content_of(session, session->frame)));
    ck_assert_int_eq(lq_canonical_encode(&scratch_tick, encoded, sizeof encoded, &bytes), LQ_OK);
    ck_assert(lq_view_equal(lq_view_of(encoded, bytes), content));
    lq_ledger_read_end(fixture->ledger);
}

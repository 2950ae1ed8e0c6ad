// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/admin_codec.h"

#include "proto/tick_codec.h"
#include "tests/unit/proto/proto_cases.h"
#include "tests/unit/proto/wire_samples.h"

#include <stdio.h>

static uint8_t buffer[LQ_HEADER_BYTES_MAX];
static uint8_t world_bytes[LQ_HEADER_BYTES_MAX];
static uint8_t memory[8 * 1024 * 1024];
static struct lq_arena arena = {memory, sizeof memory, 0};
static struct lq_tick tick;

static struct lq_view message_of(size_t bytes)
{
    lq_arena_reset(&arena);
    return lq_view_of(buffer + LQ_FRAMING_BYTES, bytes - LQ_FRAMING_BYTES);
}

/* The largest world there may be fits into a request, and comes out as it went in. */
START_TEST(test_request_with_world)
{
    struct lq_admin_request request = {.tag = 1, .kind = LQ_ADMIN_CREATE_SESSION};
    struct lq_admin_request back;
    const char *where = "";
    size_t bytes = 0;

    lq_wire_sample_tick(&tick, LQ_BODIES_MAX, LQ_AGENTS_MAX / 2, 0, 0);
    tick.world.tenant_bytes_count = LQ_TENANT_BYTES_MAX;
    ck_assert_int_eq(lq_world_encode(&tick.world, world_bytes, sizeof world_bytes, &bytes), LQ_OK);
    request.world = lq_view_of(world_bytes, bytes);
    ck_assert_int_eq(lq_admin_request_encode(&request, buffer, sizeof buffer, &bytes), LQ_OK);
    enum lq_result result = lq_admin_request_decode(message_of(bytes), &arena, &back, &where);
    ck_assert_msg(result == LQ_OK, "%s", where);
    ck_assert(!back.has_config);
    ck_assert(lq_view_equal(back.world, request.world));
}
END_TEST

static const uint32_t kinds[] = {0, LQ_ADMIN_TELL_BROKER_AGAIN + 1, LQ_ADMIN_READ - 1,
                                 LQ_ADMIN_DELETE_SESSION + 1, 255};

START_TEST(test_request_kinds)
{
    struct lq_admin_request request = {.kind = (uint8_t)kinds[_i]};
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(lq_admin_request_encode(&request, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_request_decode(message_of(bytes), &arena, &request, &where),
                     LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "kind");
}
END_TEST

/* A page of session names, and the fullest status there may be. */
START_TEST(test_reply_full)
{
    static struct lq_session_entry sessions[LQ_ADMIN_PAGE_MAX];
    static struct lq_status status = {.malformed = 27,
                                      .turn_max_us = 28,
                                      .connections = 29,
                                      .watches = 30,
                                      .refused_connections = 31,
                                      .stage_count = LQ_STAGES_MAX + 2,
                                      .actor_count = LQ_STATUS_ACTORS_MAX};
    struct lq_admin_reply reply = {.session_count = LQ_ADMIN_PAGE_MAX, .sessions = sessions};
    struct lq_admin_reply back;
    const char *where = "";
    size_t bytes = 0;

    for (uint32_t index = 0; index < LQ_ADMIN_PAGE_MAX; index++) {
        sessions[index].name = lq_view_text("a-session-name-of-thirty-bytes");
    }
    ck_assert_int_eq(lq_admin_reply_encode(&reply, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_reply_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.session_count, LQ_ADMIN_PAGE_MAX);
    ck_assert_ptr_null(back.status);

    for (uint32_t index = 0; index < LQ_STATUS_ACTORS_MAX; index++) {
        status.actors[index] = (struct lq_actor_status){.instance = lq_view_text("physics-100"),
                                                        .stage = lq_view_text("physics"),
                                                        .reason = lq_view_text("paused: no disk"),
                                                        .version = index,
                                                        .pid = 1 + index,
                                                        .state = LQ_ACTOR_PAUSED,
                                                        .items = index,
                                                        .remote = index % 2 == 1};
    }
    reply = (struct lq_admin_reply){.tag = 7, .status = &status};
    ck_assert_int_eq(lq_admin_reply_encode(&reply, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_reply_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_ptr_nonnull(back.status);
    ck_assert_uint_eq(back.status->actor_count, LQ_STATUS_ACTORS_MAX);
    ck_assert_uint_eq(back.status->malformed, 27);
    ck_assert_uint_eq(back.status->turn_max_us, 28);
    ck_assert_uint_eq(back.status->connections, 29);
    ck_assert_uint_eq(back.status->watches, 30);
    ck_assert_uint_eq(back.status->refused_connections, 31);
    ck_assert_uint_eq(back.status->actors[255].pid, 256);
    ck_assert(back.status->actors[255].remote);
    ck_assert(!back.status->actors[254].remote);
    ck_assert(lq_view_equal(back.status->actors[9].reason, lq_view_text("paused: no disk")));
}
END_TEST

/* As much as a load can hold. */
static void fill_load(struct lq_tenant_load *load)
{
    static char reason[191];

    memset(reason, 'r', sizeof reason);
    *load = (struct lq_tenant_load){.name = lq_view_text("a-tenant-name-of-thirty-two-byte"),
                                    .resident = true,
                                    .weight = 100,
                                    .share_ppm = 1000000,
                                    .service_us = UINT64_MAX,
                                    .ticks = UINT64_MAX,
                                    .receipts = UINT64_MAX,
                                    .ticks_per_s = UINT32_MAX,
                                    .commands_per_s = UINT32_MAX,
                                    .wait_p50_us = UINT32_MAX,
                                    .wait_p99_us = UINT32_MAX,
                                    .debt_us = UINT32_MAX,
                                    .throttled_ticks = UINT64_MAX,
                                    .sessions = UINT32_MAX,
                                    .sessions_parked = UINT32_MAX,
                                    .quota_count = LQ_QUOTA_KINDS,
                                    .stage_count = LQ_STAGES_MAX,
                                    .reason_count = LQ_LOAD_REASONS_MAX};
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        load->quotas[kind] =
            (struct lq_quota_use){.name = lq_view_text(lq_quota_name((enum lq_quota_kind)kind)),
                                  .own = true,
                                  .limit = UINT64_MAX - 1,
                                  .used = UINT64_MAX,
                                  .left = UINT64_MAX,
                                  .refused = UINT64_MAX,
                                  .next_ms = UINT32_MAX};
    }
    for (uint32_t stage = 0; stage < LQ_STAGES_MAX; stage++) {
        load->stages[stage] = (struct lq_stage_load){
            lq_view_text("a-stage-name-of-thirty-two-bytes"), UINT32_MAX, UINT32_MAX};
    }
    for (uint32_t index = 0; index < LQ_LOAD_REASONS_MAX; index++) {
        load->reasons[index] = lq_view_of(reason, sizeof reason);
    }
}

static void expect_full_load(const struct lq_tenant_load *load)
{
    ck_assert_uint_eq(load->quota_count, LQ_QUOTA_KINDS);
    ck_assert_uint_eq(load->stage_count, LQ_STAGES_MAX);
    ck_assert_uint_eq(load->debt_us, UINT32_MAX);
    ck_assert_uint_eq(load->sessions_parked, UINT32_MAX);
    ck_assert_uint_eq(load->throttled_ticks, UINT64_MAX);
    ck_assert_uint_eq(load->quotas[LQ_QUOTA_LETTERS].limit, UINT64_MAX - 1);
    ck_assert(lq_view_equal(load->quotas[LQ_QUOTA_LETTERS].name, lq_view_text("letters")));
    ck_assert_uint_eq(load->stages[LQ_STAGES_MAX - 1].in_flight, UINT32_MAX);
}

/* The fullest page there may be, and the fullest tenants of a status beside all its actors. */
START_TEST(test_reply_full_of_loads)
{
    static struct lq_tenant_load loads[LQ_ADMIN_LOADS_MAX];
    static struct lq_status status = {.tenants_resident = 4096,
                                      .tenant_count = LQ_STATUS_TENANTS_MAX,
                                      .stage_count = LQ_STAGES_MAX + 2,
                                      .actor_count = LQ_STATUS_ACTORS_MAX};
    struct lq_admin_reply reply = {.load_count = LQ_ADMIN_LOADS_MAX, .loads = loads};
    struct lq_admin_reply back;
    const char *where = "";
    size_t bytes = 0;

    for (uint32_t index = 0; index < LQ_ADMIN_LOADS_MAX; index++) {
        fill_load(&loads[index]);
        loads[index].reason_count = index == 0 ? LQ_LOAD_REASONS_MAX : 0; /* of one asked for */
    }
    ck_assert_int_eq(lq_admin_reply_encode(&reply, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_reply_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.load_count, LQ_ADMIN_LOADS_MAX);
    ck_assert_uint_eq(back.loads[0].reason_count, LQ_LOAD_REASONS_MAX);
    ck_assert_uint_eq(back.loads[0].reasons[15].bytes, 191);
    expect_full_load(&back.loads[LQ_ADMIN_LOADS_MAX - 1]);

    for (uint32_t index = 0; index < LQ_STATUS_ACTORS_MAX; index++) {
        status.actors[index] =
            (struct lq_actor_status){.instance = lq_view_text("physics-100"),
                                     .stage = lq_view_text("physics"),
                                     .reason = lq_view_of(loads[0].reasons[0].data, 127),
                                     .version = UINT32_MAX,
                                     .pid = UINT32_MAX,
                                     .state = LQ_ACTOR_PAUSED,
                                     .items = UINT64_MAX};
    }
    for (uint32_t index = 0; index < LQ_STATUS_TENANTS_MAX; index++) {
        fill_load(&status.tenants[index]);
        status.tenants[index].reason_count = 0;
    }
    reply = (struct lq_admin_reply){.status = &status};
    ck_assert_int_eq(lq_admin_reply_encode(&reply, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_reply_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.status->tenants_resident, 4096);
    ck_assert_uint_eq(back.status->tenant_count, LQ_STATUS_TENANTS_MAX);
    expect_full_load(&back.status->tenants[LQ_STATUS_TENANTS_MAX - 1]);
}
END_TEST

/* No limit is no number on the wire: none can be mistaken for it. */
START_TEST(test_quota_without_a_limit)
{
    struct lq_tenant_load load = {.name = lq_view_text("t"), .quota_count = 2};
    struct lq_admin_reply reply = {.load_count = 1, .loads = &load};
    struct lq_admin_reply back;
    const char *where = "";
    size_t bytes = 0;

    load.quotas[0].limit = LQ_QUOTA_NO_LIMIT;
    load.quotas[1].limit = 0;
    ck_assert_int_eq(lq_admin_reply_encode(&reply, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_reply_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.loads[0].quotas[0].limit, LQ_QUOTA_NO_LIMIT);
    ck_assert_uint_eq(back.loads[0].quotas[1].limit, 0);
    ck_assert(!back.loads[0].resident);
}
END_TEST

/* A letter with all the commands a tick can have, and the payload of a stage. */
START_TEST(test_letter_full)
{
    static struct lq_letter letter = {
        .id = 1, .state = LQ_LETTER_OPEN, .command_count = LQ_COMMANDS_PER_TICK_MAX};
    static struct lq_letter back;
    static uint8_t payload[LQ_TICK_BYTES_MAX];
    static uint8_t stored[2 * LQ_TICK_BYTES_MAX];
    const char *where = "";
    size_t bytes = 0;

    letter.payload = lq_view_of(payload, sizeof payload);
    for (uint32_t index = 0; index < LQ_COMMANDS_PER_TICK_MAX; index++) {
        letter.commands[index] = (struct lq_letter_command){
            .client = {{(uint8_t)index}}, .sequence = index, .body = lq_view_of(payload, index)};
    }
    letter.died_round = 40;
    letter.round_count = LQ_LETTER_ROUNDS_MAX;
    for (uint32_t index = 0; index < LQ_LETTER_ROUNDS_MAX; index++) {
        letter.rounds[index] = (struct lq_letter_round){.round = index,
                                                        .version = 2,
                                                        .tries = index + 3,
                                                        .stage = lq_view_text("physics"),
                                                        .error = lq_view_text("Physics.Diverged"),
                                                        .cause = lq_view_text("far out"),
                                                        .wall_ns = 1000 + index};
    }
    ck_assert_int_eq(lq_letter_encode(&letter, stored, sizeof stored, &bytes), LQ_OK);
    lq_arena_reset(&arena);
    ck_assert_int_eq(lq_letter_decode(lq_view_of(stored, bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.died_round, 40);
    ck_assert_uint_eq(back.round_count, LQ_LETTER_ROUNDS_MAX);
    for (uint32_t index = 0; index < LQ_LETTER_ROUNDS_MAX; index++) {
        const struct lq_letter_round *round = &back.rounds[index];
        ck_assert_uint_eq(round->round, index);
        ck_assert_uint_eq(round->version, 2);
        ck_assert_uint_eq(round->tries, index + 3);
        ck_assert(lq_view_equal(round->stage, lq_view_text("physics")));
        ck_assert(lq_view_equal(round->error, lq_view_text("Physics.Diverged")));
        ck_assert(lq_view_equal(round->cause, lq_view_text("far out")));
        ck_assert_uint_eq(round->wall_ns, 1000 + index);
    }
    ck_assert_uint_eq(back.command_count, LQ_COMMANDS_PER_TICK_MAX);
    ck_assert_uint_eq(back.payload.bytes, sizeof payload);
    for (uint32_t index = 0; index < LQ_COMMANDS_PER_TICK_MAX; index++) {
        ck_assert_uint_eq(back.commands[index].sequence, index);
        ck_assert_uint_eq(back.commands[index].body.bytes, index);
    }
}
END_TEST

START_TEST(test_letter_state)
{
    struct lq_letter letter = {.state = 4};
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(lq_letter_encode(&letter, buffer, sizeof buffer, &bytes), LQ_OK);
    lq_arena_reset(&arena);
    ck_assert_int_eq(lq_letter_decode(lq_view_of(buffer, bytes), &arena, &letter, &where),
                     LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "state");
}
END_TEST

static const struct {
    struct lq_quota_change quota;
    const char *where; /* NULL: a good one */
} quotas[] = {
    {{0}, NULL},
    {{1, {1, {100}}}, NULL},
    {{1, {0, {0}}}, NULL}, /* given back */
    {{1, {1, {LQ_QUOTA_NO_LIMIT}}}, NULL},
    {{1, {1, {0}}}, "quota.limits"}, /* nothing at all is no quota */
    {{1, {1, {1000000001}}}, "quota.limits"},
    {{128, {128, {[LQ_QUOTA_WEIGHT] = 101}}}, "quota.limits"},
    {{128, {128, {[LQ_QUOTA_WEIGHT] = LQ_QUOTA_NO_LIMIT}}}, "quota.limits"},
    {{1u << LQ_QUOTA_KINDS, {0, {0}}}, "quota.given"}, /* a kind of a newer program */
    {{0, {1u << LQ_QUOTA_KINDS, {0}}}, "quota.own"},
};

START_TEST(test_request_quotas)
{
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_SET_QUOTA, .has_quota = true, .quota = quotas[_i].quota};
    struct lq_admin_request back;
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(lq_admin_request_encode(&request, buffer, sizeof buffer, &bytes), LQ_OK);
    enum lq_result result = lq_admin_request_decode(message_of(bytes), &arena, &back, &where);
    if (quotas[_i].where != NULL) {
        ck_assert_int_eq(result, LQ_ERR_MALFORMED);
        ck_assert_str_eq(where, quotas[_i].where);
        return;
    }
    ck_assert_int_eq(result, LQ_OK);
    ck_assert(back.has_quota);
    ck_assert_uint_eq(back.quota.given, quotas[_i].quota.given);
    ck_assert_uint_eq(back.quota.to.own, quotas[_i].quota.to.own);
    ck_assert_mem_eq(back.quota.to.limits, quotas[_i].quota.to.limits, sizeof back.quota.to.limits);
}
END_TEST

/* As many cursors as there may be; a name that is too long. */
START_TEST(test_feed_is_bounded)
{
    static const char long_name[] = "123456789012345678901234567890123";
    struct lq_feed_report feed = {.cursor_count = LQ_ADMIN_CURSORS_MAX};
    struct lq_admin_reply reply = {.tag = 1, .feed = &feed};
    struct lq_admin_reply back;
    struct lq_admin_request request = {.kind = LQ_ADMIN_SET_CURSOR,
                                       .has_cursor = true,
                                       .cursor = {.name = lq_view_text(long_name)}};
    struct lq_admin_request request_back;
    const char *where = "";
    size_t bytes = 0;

    for (uint32_t index = 0; index < LQ_ADMIN_CURSORS_MAX; index++) {
        feed.cursors[index] = (struct lq_cursor_entry){lq_view_text("c"), index, 1};
    }
    ck_assert_int_eq(lq_admin_reply_encode(&reply, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_reply_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.feed->cursor_count, LQ_ADMIN_CURSORS_MAX);
    ck_assert_uint_eq(back.feed->cursors[15].ledger_sequence, 15);
    ck_assert_int_eq(lq_admin_request_encode(&request, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_request_decode(message_of(bytes), &arena, &request_back, &where),
                     LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "cursor.name");
}
END_TEST

/* A place is any bytes, up to a bound. */
START_TEST(test_telling_is_bounded)
{
    static uint8_t place[LQ_ADMIN_PLACE_BYTES_MAX + 1] = {0, 255, 0};
    struct lq_admin_request request = {.kind = LQ_ADMIN_TELL_LEDGER_AGAIN,
                                       .place = lq_view_of(place, sizeof place - 1)};
    struct lq_admin_reply reply = {.has_telling = true,
                                   .telling = {lq_view_of(place, sizeof place - 1), 5, 7, 3, 9}};
    struct lq_admin_request request_back;
    struct lq_admin_reply back;
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(lq_admin_request_encode(&request, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_request_decode(message_of(bytes), &arena, &request_back, &where),
                     LQ_OK);
    ck_assert(lq_view_equal(request_back.place, request.place));
    ck_assert_int_eq(lq_admin_reply_encode(&reply, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_reply_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert(back.has_telling);
    ck_assert(lq_view_equal(back.telling.place, reply.telling.place));
    ck_assert_uint_eq(back.telling.first, 5);
    ck_assert_uint_eq(back.telling.last, 7);
    ck_assert_uint_eq(back.telling.told, 3);
    ck_assert_uint_eq(back.telling.all, 9);
    request.place = lq_view_of(place, sizeof place);
    ck_assert_int_eq(lq_admin_request_encode(&request, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_admin_request_decode(message_of(bytes), &arena, &request_back, &where),
                     LQ_ERR_LIMIT);
    ck_assert_str_eq(where, "place");
}
END_TEST

TCase *lq_test_admin_codec(void)
{
    TCase *tc = tcase_create("admin_codec");

    tcase_add_test(tc, test_request_with_world);
    tcase_add_loop_test(tc, test_request_kinds, 0, sizeof kinds / sizeof kinds[0]);
    tcase_add_loop_test(tc, test_request_quotas, 0, sizeof quotas / sizeof quotas[0]);
    tcase_add_test(tc, test_reply_full);
    tcase_add_test(tc, test_reply_full_of_loads);
    tcase_add_test(tc, test_quota_without_a_limit);
    tcase_add_test(tc, test_letter_full);
    tcase_add_test(tc, test_letter_state);
    tcase_add_test(tc, test_feed_is_bounded);
    tcase_add_test(tc, test_telling_is_bounded);
    return tc;
}

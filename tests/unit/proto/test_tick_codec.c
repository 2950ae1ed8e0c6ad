// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/tick_codec.h"

#include "proto/wire_limits.h"
#include "proto/wire_out.h"
#include "tests/unit/proto/proto_cases.h"
#include "tests/unit/proto/wire_samples.h"

#include "ledgerquest/v1/tick.pb-c.h"

#include <math.h>

static uint8_t buffer[LQ_TICK_BYTES_MAX + 4096];
static uint8_t memory[1024 * 1024];
static struct lq_arena arena = {memory, sizeof memory, 0};
static struct lq_tick tick;
static struct lq_tick decoded;

static enum lq_result pass(const struct lq_tick *from, const char **where)
{
    size_t bytes = 0;

    ck_assert_int_eq(lq_tick_encode(from, buffer, sizeof buffer, &bytes), LQ_OK);
    lq_arena_reset(&arena);
    memset(&decoded, 0xa5, sizeof decoded);
    return lq_tick_decode(lq_view_of(buffer, bytes), &arena, &decoded, where);
}

static void assert_commands_equal(const struct lq_command *a, const struct lq_command *b)
{
    ck_assert(lq_client_id_equal(&a->client, &b->client));
    ck_assert_uint_eq(a->sequence, b->sequence);
    ck_assert_uint_eq(a->letter_id, b->letter_id);
    ck_assert_uint_eq(a->kind, b->kind);
    ck_assert_uint_eq(a->outcome, b->outcome);
    ck_assert_uint_eq(a->body_kind, b->body_kind);
    ck_assert_uint_eq(a->behavior, b->behavior);
    ck_assert_uint_eq(a->body_id, b->body_id);
    ck_assert_uint_eq(a->target_id, b->target_id);
    ck_assert(a->x == b->x && a->y == b->y && a->radius == b->radius);
    ck_assert(a->vx == b->vx && a->vy == b->vy && a->strength == b->strength);
    ck_assert(lq_view_equal(a->custom, b->custom));
    ck_assert_str_eq(a->reason, b->reason);
    ck_assert_uint_eq(a->duplicate_of_frame, b->duplicate_of_frame);
}

static void assert_worlds_equal(const struct lq_world *a, const struct lq_world *b)
{
    uint32_t bodies = a->body_count;

    ck_assert_uint_eq(a->next_body_id, b->next_body_id);
    ck_assert_uint_eq(a->body_count, b->body_count);
    ck_assert_uint_eq(a->agent_count, b->agent_count);
    ck_assert_uint_eq(a->player_count, b->player_count);
    ck_assert_uint_eq(a->tenant_bytes_count, b->tenant_bytes_count);
#define SAME(column, count) ck_assert_mem_eq(a->column, b->column, (count) * sizeof a->column[0])
    SAME(body_id, bodies);
    SAME(body_kind, bodies);
    SAME(x, bodies);
    SAME(y, bodies);
    SAME(angle, bodies);
    SAME(vx, bodies);
    SAME(vy, bodies);
    SAME(spin, bodies);
    SAME(radius, bodies);
    SAME(thrust_x, bodies);
    SAME(thrust_y, bodies);
    SAME(agent_body, a->agent_count);
    SAME(agent_behavior, a->agent_count);
    SAME(agent_target, a->agent_count);
    SAME(agent_strength, a->agent_count);
    SAME(player_client, a->player_count);
    SAME(player_body, a->player_count);
    SAME(tenant_bytes, a->tenant_bytes_count);
#undef SAME
}

/* bodies, agents, commands, windows */
static const uint32_t sizes[][4] = {
    {0, 0, 0, 0},
    {1, 0, 1, 1},
    {20, 10, 1, 1},
    {200, 100, 8, 20},
    {LQ_BODIES_MAX, LQ_BODIES_MAX / 2, LQ_COMMANDS_PER_TICK_MAX, LQ_CLIENTS_MAX},
};

START_TEST(test_tick_round_trip)
{
    const uint32_t *size = sizes[_i];
    const char *where = "";

    lq_wire_sample_tick(&tick, size[0], size[1], size[2], size[3]);
    for (uint32_t index = 0; _i > 0 && index < LQ_EVENTS_PER_TICK_MAX; index++) {
        lq_tick_emit(&tick, "Something", index, &(struct lq_client_id){{9}});
    }
    tick.world.tenant_bytes_count = _i == 0 ? 0 : LQ_TENANT_BYTES_MAX;
    enum lq_result result = pass(&tick, &where);
    ck_assert_msg(result == LQ_OK, "%s", where);

    ck_assert_str_eq(decoded.tenant, tick.tenant);
    ck_assert_str_eq(decoded.session, tick.session);
    ck_assert_uint_eq(decoded.frame, tick.frame);
    ck_assert_uint_eq(decoded.steps, tick.steps);
    ck_assert_uint_eq(decoded.step_count, tick.step_count);
    ck_assert_uint_eq(decoded.missed_count, tick.missed_count);
    ck_assert_uint_eq(decoded.wall_time_ns, tick.wall_time_ns);
    ck_assert_mem_eq(decoded.pipeline_hash, tick.pipeline_hash, 32);
    ck_assert_uint_eq(decoded.config.seed, tick.config.seed);
    ck_assert(decoded.config.height == tick.config.height);
    ck_assert_uint_eq(decoded.stage_count, tick.stage_count);
    ck_assert_str_eq(decoded.stages[1].name, "physics");
    ck_assert_uint_eq(decoded.command_count, tick.command_count);
    for (uint32_t index = 0; index < tick.command_count; index++) {
        assert_commands_equal(&tick.commands[index], &decoded.commands[index]);
    }
    ck_assert_uint_eq(decoded.event_count, tick.event_count);
    for (uint32_t index = 0; index < tick.event_count; index++) {
        ck_assert_str_eq(decoded.events[index].type, tick.events[index].type);
        ck_assert_uint_eq(decoded.events[index].body_id, index);
    }
    ck_assert_uint_eq(decoded.windows.count, tick.windows.count);
    for (uint32_t index = 0; index < tick.windows.count; index++) {
        const struct lq_client_window *a = &decoded.windows.entries[index];
        const struct lq_client_window *b = &tick.windows.entries[index];
        ck_assert(lq_client_id_equal(&a->client, &b->client));
        ck_assert_uint_eq(a->highest, b->highest);
        ck_assert_uint_eq(a->used_map, b->used_map);
        ck_assert_uint_eq(a->last_frame, b->last_frame);
    }
    assert_worlds_equal(&tick.world, &decoded.world);
}
END_TEST

/* The message may go when it is decoded; only the arena must stay. */
START_TEST(test_custom_lives_with_arena)
{
    const char *where = "";

    lq_wire_sample_tick(&tick, 1, 0, 4, 0);
    ck_assert_int_eq(pass(&tick, &where), LQ_OK);
    memset(buffer, 0, sizeof buffer);
    for (uint32_t index = 0; index < 4; index++) {
        assert_commands_equal(&tick.commands[index], &decoded.commands[index]);
    }
}
END_TEST

static void spoil_tenant(struct lq_tick *t)
{
    t->tenant[0] = '/';
}
static void spoil_session(struct lq_tick *t)
{
    t->session[0] = '\0';
}
static void spoil_steps(struct lq_tick *t)
{
    t->steps = LQ_STEPS_PER_TICK_MAX + 1;
}
static void spoil_config(struct lq_tick *t)
{
    t->config.rate_denominator = 0;
}
static void spoil_infinite_config(struct lq_tick *t)
{
    t->config.width = INFINITY;
}
static void spoil_stage(struct lq_tick *t)
{
    t->stages[1].name[0] = '\0';
}
static void spoil_outcome(struct lq_tick *t)
{
    t->commands[0].outcome = LQ_OUTCOME_DEAD_LETTERED;
}
static void spoil_command_number(struct lq_tick *t)
{
    t->commands[0].x = NAN;
}
static void spoil_windows(struct lq_tick *t)
{
    t->windows.entries[1] = t->windows.entries[0];
}
static void spoil_world_number(struct lq_tick *t)
{
    t->world.vy[3] = -INFINITY;
}
static void spoil_world_zero(struct lq_tick *t)
{
    t->world.y[3] = -0.0;
}
static void spoil_world_order(struct lq_tick *t)
{
    t->world.body_id[3] = t->world.body_id[2];
}
static void spoil_world_agent(struct lq_tick *t)
{
    t->world.agent_target[1] = 4000;
}
static void spoil_reason(struct lq_tick *t)
{
    t->commands[0].reason[0] = (char)0xff;
    t->commands[0].reason[1] = '\0';
}

static const struct {
    void (*spoil)(struct lq_tick *);
    const char *where;
} faults[] = {
    {spoil_tenant, "tenant"},
    {spoil_session, "session"},
    {spoil_steps, "steps"},
    {spoil_config, "config"},
    {spoil_infinite_config, "config"},
    {spoil_stage, "stages"},
    {spoil_outcome, "commands.outcome"},
    {spoil_command_number, "x"},
    {spoil_windows, "windows"},
    {spoil_world_number, "vy"},
    {spoil_world_zero, "y"},
    {spoil_world_order, "body_id"},
    {spoil_world_agent, "agent_target"},
    {spoil_reason, "commands"},
};

START_TEST(test_tick_faults)
{
    const char *where = "";

    lq_wire_sample_tick(&tick, 10, 4, 2, 2);
    ck_assert_int_eq(pass(&tick, &where), LQ_OK);
    faults[_i].spoil(&tick);
    ck_assert_msg(pass(&tick, &where) == LQ_ERR_MALFORMED, "%s", faults[_i].where);
    ck_assert_str_eq(where, faults[_i].where);
}
END_TEST

/* More entries in one column than there are rows, column by column. */
static const struct {
    uint32_t number;
    size_t bytes;
    const char *where;
} columns[] = {
    {2, 4, "body_id"},
    {4, 8, "x"},
    {5, 8, "y"},
    {6, 4, "angle"},
    {7, 4, "vx"},
    {8, 4, "vy"},
    {9, 4, "spin"},
    {10, 4, "radius"},
    {11, 4, "thrust_x"},
    {12, 4, "thrust_y"},
    {13, 4, "agent_body"},
    {15, 4, "agent_target"},
    {16, 4, "agent_strength"},
    {18, 4, "player_client"},
};
enum { COLUMN_BODIES = 4 };

START_TEST(test_column_lengths)
{
    static const uint8_t zeros[8 * COLUMN_BODIES];
    struct lq_wire_out out;
    const char *where = "";
    size_t bytes = 0;
    size_t more = 0;

    lq_wire_sample_tick(&tick, COLUMN_BODIES, 2, 0, 0);
    ck_assert_int_eq(lq_world_encode(&tick.world, buffer, sizeof buffer, &bytes), LQ_OK);
    lq_wire_out_open(&out, buffer + bytes, sizeof buffer - bytes);
    lq_wire_out_bytes(&out, columns[_i].number, zeros, columns[_i].bytes * COLUMN_BODIES);
    ck_assert_int_eq(lq_wire_out_close(&out, &more), LQ_OK);
    lq_arena_reset(&arena);
    ck_assert_int_eq(
        lq_world_decode(lq_view_of(buffer, bytes + more), &arena, &decoded.world, &where),
        LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, columns[_i].where);
}
END_TEST

/* Three bodies: x of none, one, two or all of them, one entry in each other column. */
START_TEST(test_short_columns)
{
    static const uint32_t ids[] = {3, 5, 9};
    static const double xs[] = {1.5, 2.5, 4.5};
    static const float radius[] = {0.5f};
    static const uint8_t kinds[] = {7};
    static const uint32_t zero[] = {0};
    struct lq_wire_out out;
    const char *where = "";

    for (uint32_t written = 0; written <= 3; written++) {
        size_t bytes = 0;
        lq_wire_out_open(&out, buffer, sizeof buffer);
        lq_wire_out_fixed32(&out, 1, 10);
        lq_wire_out_column32(&out, 2, ids, 3);
        lq_wire_out_bytes(&out, 3, kinds, 1);
        lq_wire_out_column64(&out, 4, xs, written);
        lq_wire_out_column64(&out, 5, xs, 1);
        for (uint32_t number = 6; number <= 12; number++) {
            lq_wire_out_column32(&out, number, number == 10 ? (const void *)radius : zero, 1);
        }
        ck_assert_int_eq(lq_wire_out_close(&out, &bytes), LQ_OK);
        enum lq_result result =
            lq_world_decode(lq_view_of(buffer, bytes), &arena, &decoded.world, &where);
        if (written == 0) {
            ck_assert_int_eq(result, LQ_ERR_MALFORMED);
            ck_assert_str_eq(where, "x");
            continue;
        }
        ck_assert_msg(result == LQ_OK, "%s", where);
        ck_assert_uint_eq(decoded.world.body_count, 3);
        for (uint32_t row = 0; row < 3; row++) {
            ck_assert_double_eq(decoded.world.x[row], xs[row < written ? row : written - 1]);
            ck_assert_float_eq(decoded.world.radius[row], 0.5f);
            ck_assert_uint_eq(decoded.world.body_kind[row], 7);
        }
    }
}
END_TEST

/* More commands, stages, events or bodies than a tick has room for. */
static const struct {
    uint32_t number;
    uint32_t count;
    const char *where;
} crowds[] = {
    {10, LQ_STAGES_MAX, "stages"},
    {11, LQ_COMMANDS_PER_TICK_MAX, "commands"},
    {12, LQ_EVENTS_PER_TICK_MAX, "events"},
};

START_TEST(test_tick_too_many)
{
    struct lq_wire_out out;
    const char *where = "";
    size_t bytes = 0;
    size_t more = 0;

    lq_wire_sample_tick(&tick, 1, 0, 0, 0);
    tick.stage_count = 0;
    ck_assert_int_eq(lq_tick_encode(&tick, buffer, sizeof buffer, &bytes), LQ_OK);
    lq_wire_out_open(&out, buffer + bytes, sizeof buffer - bytes);
    for (uint32_t index = 0; index < crowds[_i].count + 1; index++) {
        uint8_t *content = lq_wire_out_begin(&out, crowds[_i].number, 0);
        if (crowds[_i].number == 11) {
            lq_wire_out_bytes(&out, 1, "0123456789abcdef", 16);
            lq_wire_out_entry(&out, 4, lq_view_of(NULL, 0));
            lq_wire_out_uint32(&out, 5, LQ_OUTCOME_PENDING);
        } else {
            lq_wire_out_text(&out, 1, "name");
        }
        lq_wire_out_end(&out, content, 0);
        if (index + 1 == crowds[_i].count) {
            ck_assert_int_eq(lq_wire_out_close(&out, &more), LQ_OK);
            ck_assert_int_eq(
                lq_tick_decode(lq_view_of(buffer, bytes + more), &arena, &decoded, &where), LQ_OK);
        }
    }
    ck_assert_int_eq(lq_wire_out_close(&out, &more), LQ_OK);
    ck_assert_int_eq(lq_tick_decode(lq_view_of(buffer, bytes + more), &arena, &decoded, &where),
                     LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, crowds[_i].where);
}
END_TEST

START_TEST(test_tick_too_long)
{
    const char *where = "";

    ck_assert_int_eq(
        lq_tick_decode(lq_view_of(buffer, LQ_TICK_BYTES_MAX + 1), &arena, &decoded, &where),
        LQ_ERR_LIMIT);
}
END_TEST

/* What a client sends, and what load makes of it. */
#define ROW(name, bytes, result, kind)                                                             \
    {                                                                                              \
        name, (const uint8_t *)(bytes), sizeof(bytes) - 1, result, kind                            \
    }
static const struct {
    const char *name;
    const uint8_t *data;
    size_t bytes;
    enum lq_result result;
    uint8_t kind;
} bodies[] = {
    ROW("Leave", "\x08\x02", LQ_OK, LQ_COMMAND_LEAVE),
    ROW("nothing", "", LQ_ERR_MALFORMED, 0),
    ROW("an unknown kind", "\x08\x09", LQ_ERR_MALFORMED, 0),
    ROW("a kind of nine bits", "\x08\x82\x02", LQ_ERR_MALFORMED, 0),
    ROW("a body kind of nine bits", "\x08\x02\x18\x80\x02", LQ_ERR_MALFORMED, 0),
    ROW("cut", "\x08", LQ_ERR_MALFORMED, 0),
    ROW("rubbish", "hello, world", LQ_ERR_MALFORMED, 0),
    ROW("an infinite speed", "\x08\x05\x3d\0\0\x80\x7f", LQ_ERR_MALFORMED, 0),
};

START_TEST(test_command_decode)
{
    struct lq_command command = {.sequence = 77,
                                 .letter_id = 78,
                                 .kind = LQ_COMMAND_SPAWN,
                                 .outcome = LQ_OUTCOME_PENDING,
                                 .reason = "as it was"};
    const char *where = NULL;
    enum lq_result result =
        lq_command_decode(lq_view_of(bodies[_i].data, bodies[_i].bytes), &arena, &command, &where);

    ck_assert_msg(result == bodies[_i].result, "%s: %d", bodies[_i].name, (int)result);
    ck_assert_uint_eq(command.kind, bodies[_i].kind);
    ck_assert_uint_eq(command.sequence, 77);
    ck_assert_uint_eq(command.letter_id, 78);
    ck_assert_uint_eq(command.outcome, LQ_OUTCOME_PENDING);
    ck_assert_str_eq(command.reason, "as it was");
    ck_assert(result == LQ_OK || where != NULL);
}
END_TEST

/* A command that load could not read travels on, refused, with kind 0. */
START_TEST(test_unreadable_command_travels)
{
    const char *where = "";

    lq_wire_sample_tick(&tick, 1, 0, 1, 0);
    tick.commands[0].kind = 0;
    lq_command_refuse(&tick.commands[0], "kind: not known");
    ck_assert_int_eq(pass(&tick, &where), LQ_OK);
    assert_commands_equal(&tick.commands[0], &decoded.commands[0]);
}
END_TEST

START_TEST(test_custom_limit)
{
    static uint8_t custom[LQ_CUSTOM_BYTES_MAX + 1];
    struct lq_command command = {.kind = LQ_COMMAND_CUSTOM};
    const char *where = "";

    for (size_t over = 0; over < 2; over++) {
        size_t bytes = 0;
        command.custom = lq_view_of(custom, LQ_CUSTOM_BYTES_MAX + over);
        ck_assert_int_eq(lq_command_encode(&command, buffer, sizeof buffer, &bytes), LQ_OK);
        lq_arena_reset(&arena);
        enum lq_result result =
            lq_command_decode(lq_view_of(buffer, bytes), &arena, &command, &where);
        ck_assert_int_eq(result, over == 0 ? LQ_OK : LQ_ERR_MALFORMED);
    }
    ck_assert_str_eq(where, "custom");
}
END_TEST

START_TEST(test_request_lengths)
{
    static struct lq_tick_request request;
    static struct lq_tick_request back;
    const char *where = "";
    size_t bytes = 0;

    memset(&request, 0, sizeof request);
    request.command_count = LQ_COMMANDS_PER_TICK_MAX;
    for (uint32_t index = 0; index < LQ_COMMANDS_PER_TICK_MAX; index++) {
        request.bodies[index] = lq_view_of(memory, index);
        request.sequences[index] = index;
    }
    ck_assert_int_eq(lq_tick_request_encode(&request, buffer, sizeof buffer, &bytes), LQ_OK);
    lq_arena_reset(&arena);
    ck_assert_int_eq(lq_tick_request_decode(lq_view_of(buffer, bytes), &arena, &back, &where),
                     LQ_OK);
    for (uint32_t index = 0; index < LQ_COMMANDS_PER_TICK_MAX; index++) {
        ck_assert_uint_eq(back.bodies[index].bytes, index);
        ck_assert_uint_eq(back.sequences[index], index);
    }
    buffer[bytes++] = 8 << 3; /* one more command_bytes, not packed */
    buffer[bytes++] = 1;
    lq_arena_reset(&arena);
    ck_assert_int_eq(lq_tick_request_decode(lq_view_of(buffer, bytes), &arena, &back, &where),
                     LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "command_bytes");
}
END_TEST

/* The outbox takes events as protobuf reads them. */
START_TEST(test_event_encode)
{
    struct lq_tick_event event = {.type = "PlayerJoined",
                                  .body_id = 7,
                                  .other_id = 9,
                                  .count = 300,
                                  .impulse = 4.5f,
                                  .x = 11.25,
                                  .y = -0.5,
                                  .client = {{1, 2, 3}},
                                  .is_passing = true};
    struct lq_tick_event back;
    size_t bytes = 0;

    ck_assert_int_eq(lq_tick_event_encode(&event, buffer, sizeof buffer, &bytes), LQ_OK);
    Ledgerquest__V1__TickEvent *read = ledgerquest__v1__tick_event__unpack(NULL, bytes, buffer);
    ck_assert_ptr_nonnull(read);
    ck_assert_str_eq(read->type, "PlayerJoined");
    ck_assert_uint_eq(read->body_id, 7);
    ck_assert_uint_eq(read->client.len, LQ_CLIENT_ID_BYTES);
    ck_assert_mem_eq(read->client.data, event.client.bytes, LQ_CLIENT_ID_BYTES);
    ck_assert_uint_eq(read->other_id, 9);
    ck_assert_uint_eq(read->count, 300);
    ck_assert_float_eq(read->impulse, 4.5f);
    ck_assert_double_eq(read->x, 11.25);
    ck_assert_double_eq(read->y, -0.5);
    ck_assert(read->passing);
    ledgerquest__v1__tick_event__free_unpacked(read, NULL);
    ck_assert_int_eq(lq_tick_event_decode(lq_view_of(buffer, bytes), &back), LQ_OK);
    ck_assert_str_eq(back.type, event.type);
    ck_assert_uint_eq(back.body_id, 7);
    ck_assert_uint_eq(back.other_id, 9);
    ck_assert_uint_eq(back.count, 300);
    ck_assert_float_eq(back.impulse, 4.5f);
    ck_assert_double_eq(back.x, 11.25);
    ck_assert_double_eq(back.y, -0.5);
    ck_assert(back.is_passing);
}
END_TEST

/* One as the outbox has them from before there were bodies beside the first, and passing ones. */
START_TEST(test_event_of_before)
{
    static const uint8_t bytes[] = "\x0a\x0aPlayerLeft\x15\x07\x00\x00\x00\x1a\x10"
                                   "0123456789abcdef";
    struct lq_tick_event event = {.other_id = 5, .is_passing = true};

    ck_assert_int_eq(lq_tick_event_decode(lq_view_of(bytes, sizeof bytes - 1), &event), LQ_OK);
    ck_assert_str_eq(event.type, "PlayerLeft");
    ck_assert_uint_eq(event.body_id, 7);
    ck_assert_uint_eq(event.other_id, 0);
    ck_assert(!event.is_passing);
}
END_TEST

/* A field that is not finite, or not of its type; one that there is not. */
START_TEST(test_event_refuses)
{
    static const struct {
        const char *bytes;
        size_t count;
    } bad[] = {
        {"\x29\0\0\0\0\0\0\xf0\x7f", 9},
        {"\x31\0\0\0\0\0\0\xf8\x7f", 9},
        {"\x3d\0\0\x80\x7f", 5},
        {"\x20\x01", 2},
        {"\x45\0\0\0\0", 5},
        {"\x4d\0\0\0\0", 5},
        {"\x50\x01", 2},
    };
    struct lq_tick_event event;

    for (size_t row = 0; row < sizeof bad / sizeof bad[0]; row++) {
        ck_assert_msg(lq_tick_event_decode(lq_view_of(bad[row].bytes, bad[row].count), &event) ==
                          LQ_ERR_MALFORMED,
                      "row %zu", row);
    }
}
END_TEST

#define LOOP(tc, test, table) tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

TCase *lq_test_tick_codec(void)
{
    TCase *tc = tcase_create("tick_codec");

    LOOP(tc, test_tick_round_trip, sizes);
    tcase_add_test(tc, test_custom_lives_with_arena);
    LOOP(tc, test_tick_faults, faults);
    LOOP(tc, test_column_lengths, columns);
    tcase_add_test(tc, test_short_columns);
    LOOP(tc, test_tick_too_many, crowds);
    tcase_add_test(tc, test_tick_too_long);
    LOOP(tc, test_command_decode, bodies);
    tcase_add_test(tc, test_unreadable_command_travels);
    tcase_add_test(tc, test_custom_limit);
    tcase_add_test(tc, test_request_lengths);
    tcase_add_test(tc, test_event_encode);
    tcase_add_test(tc, test_event_of_before);
    tcase_add_test(tc, test_event_refuses);
    return tc;
}

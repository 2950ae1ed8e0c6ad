// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/tick_delta.h"

#include "tests/support/suite.h"
#include "world/canonical.h"

#include <stdlib.h>
#include <string.h>

TCase *lq_test_tick_delta(void);

static struct lq_tick before;
static struct lq_tick after;
static struct lq_tick back;
static struct lq_tick_delta_scratch scratch;
static uint8_t delta[65536];
static uint8_t content[LQ_TICK_BYTES_MAX];
static uint8_t again[LQ_TICK_BYTES_MAX];

static const struct lq_client_id player = {{1, 2, 3, [15] = 9}};

/* Three bodies at rest, of which the second has an agent after the first and a player. */
static void make_before(void)
{
    lq_tick_clear(&before);
    strcpy(before.tenant, "acme");
    strcpy(before.session, "s1");
    before.frame = 9;
    before.steps = 1;
    before.step_count = 8;
    before.wall_time_ns = UINT64_C(1793000000000000000);
    before.config = (struct lq_session_config){42, 10, 1, 1, 100.0, 50.0, 0.5f, false};
    ck_assert_int_eq(lq_tick_add_stage(&before, "physics", 2), LQ_OK);
    for (int body = 0; body < 3; body++) {
        ck_assert_uint_ne(lq_world_add_body(&before.world, 3, 1.5 + body, 2.5, 0.5f), LQ_BODY_NONE);
    }
    ck_assert_int_eq(lq_world_set_agent(&before.world, 2, LQ_BEHAVIOR_SEEK, 1, 2.0f), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&before.world, &player, 2), LQ_OK);
    before.world.tenant_bytes_count = 5;
    memcpy(before.world.tenant_bytes, "abcde", 5);
    lq_client_windows_use(&before.windows, &player, 4, 9);
}

/* The frame behind it, in which nothing happened. */
static void make_after(void)
{
    memcpy(&after, &before, sizeof after);
    lq_tick_advance(&after);
    after.steps = 1;
    after.wall_time_ns = before.wall_time_ns + 100000000;
    ck_assert_int_eq(lq_tick_add_stage(&after, "physics", 2), LQ_OK);
}

static size_t encode(void)
{
    size_t bytes = 0;
    struct lq_tick_delta_room room = {delta, sizeof delta};

    ck_assert_int_eq(lq_tick_delta_encode(&before, &after, &scratch, room, &bytes), LQ_OK);
    return bytes;
}

static enum lq_result decode(size_t bytes, const char **where)
{
    /* Memory of exactly that size, so that the sanitizers see a read beyond it. */
    uint8_t *exact = malloc(bytes > 0 ? bytes : 1);

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, delta, bytes);
    memset(&back, 0xee, sizeof back);
    enum lq_result rc =
        lq_tick_delta_decode(lq_view_of(exact, bytes), &before, &back, &scratch, where);
    size_t content_bytes = 0;
    size_t again_bytes = 0;
    if (rc == LQ_OK) {
        ck_assert_int_eq(lq_canonical_encode(&after, content, sizeof content, &content_bytes),
                         LQ_OK);
        ck_assert_int_eq(lq_canonical_encode(&back, again, sizeof again, &again_bytes), LQ_OK);
        ck_assert_uint_eq(again_bytes, content_bytes);
        ck_assert_int_eq(memcmp(again, content, content_bytes), 0);
    }
    free(exact);
    return rc;
}

static void nothing(void)
{
}
static void a_body_moves(void)
{
    after.world.x[1] += 0.25;
    after.world.vx[1] = 2.5f;
}
static void a_body_comes(void)
{
    ck_assert_uint_ne(lq_world_add_body(&after.world, 9, 4.0, 5.0, 0.25f), LQ_BODY_NONE);
}
static void the_target_goes(void)
{
    lq_world_remove_body(&after.world, 0);
}
static void the_player_goes(void)
{
    lq_world_remove_body(&after.world, 1);
}
static void all_go(void)
{
    while (after.world.body_count > 0) {
        lq_world_remove_body(&after.world, 0);
    }
}
static void ids_are_used(void)
{
    after.world.next_body_id = 1000;
}
static void ids_fall(void)
{
    after.world.next_body_id = 1000;
    before.world.next_body_id = 1001;
}
static void tenant_bytes_grow(void)
{
    after.world.tenant_bytes_count = 9;
    memcpy(after.world.tenant_bytes, "abXYZcdee", 9);
}
static void tenant_bytes_go(void)
{
    after.world.tenant_bytes_count = 0;
}
static void the_agent_turns(void)
{
    after.world.agent_target[0] = 3;
    after.world.agent_behavior[0] = LQ_BEHAVIOR_FLEE;
}
static void the_grid_was_missed(void)
{
    after.missed_count += 3;
    after.steps = 4;
    after.wall_time_ns -= 12345;
}
static void the_pipeline_changes(void)
{
    after.pipeline_hash[7] ^= 1;
    strcpy(after.stages[0].name, "physics2");
}
static void the_rate_changes(void)
{
    after.config.rate_numerator = 20;
    after.config.attended = true;
}
static void the_windows_are_others(void)
{
    after.windows.entries[0].used_map ^= UINT64_C(1) << 40;
}
static void a_window_goes(void)
{
    after.windows.count = 0;
}
static void no_time_passes(void)
{
    after.steps = 0;
    after.world.vx[0] = 1.0f;
}

static const struct {
    const char *name;
    void (*change)(void);
    size_t bytes; /* that it takes at most */
} rows[] = {
    {"nothing", nothing, 9},
    {"a body moves", a_body_moves, 9 + 24},
    {"a body comes", a_body_comes, 9 + 40},
    {"the target goes", the_target_goes, 9 + 4},
    {"the player goes", the_player_goes, 9 + 12},
    {"all go", all_go, 9 + 9},
    {"ids are used", ids_are_used, 9 + 2},
    {"ids fall", ids_fall, 9 + 1},
    {"tenant bytes grow", tenant_bytes_grow, 9 + 9},
    {"tenant bytes go", tenant_bytes_go, 9 + 3},
    {"the agent turns", the_agent_turns, 9 + 8},
    {"the grid was missed", the_grid_was_missed, 9 + 6},
    {"the pipeline changes", the_pipeline_changes, 9 + 32 + 15},
    {"the rate changes", the_rate_changes, 9 + 41 + 8},
    {"the windows are others", the_windows_are_others, 9 + 42},
    {"a window goes", a_window_goes, 9 + 2},
    {"no time passes", no_time_passes, 9 + 10},
};

START_TEST(test_round_trip)
{
    const char *where = "";

    make_before();
    make_after();
    rows[_i].change();
    size_t bytes = encode();
    ck_assert_msg(bytes <= rows[_i].bytes, "%s: %zu bytes", rows[_i].name, bytes);
    enum lq_result rc = decode(bytes, &where);
    ck_assert_msg(rc == LQ_OK, "%s: %s", rows[_i].name, where);
    for (size_t less = 0; less < bytes; less++) {
        where = NULL;
        ck_assert_int_eq(decode(less, &where), LQ_ERR_MALFORMED);
        ck_assert_ptr_nonnull(where);
    }
    delta[bytes] = 0;
    ck_assert_int_eq(decode(bytes + 1, &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "trailing bytes");
}
END_TEST

/* A command of each kind by the player, one of a stranger, one that was redriven from below the
 * window, one refused. */
START_TEST(test_commands)
{
    const char *where = "";
    uint32_t count = 0;

    make_before();
    make_after();
    for (uint8_t kind = 1; kind <= LQ_COMMAND_KIND_LAST; kind++) {
        after.commands[count++] = (struct lq_command){.client = player,
                                                      .sequence = 4u + kind,
                                                      .kind = kind,
                                                      .outcome = LQ_OUTCOME_APPLIED,
                                                      .body_id = kind,
                                                      .vx = 1.5f};
    }
    after.commands[count - 1].custom = lq_view_text("hello");
    after.commands[count] = after.commands[0];
    after.commands[count].client.bytes[0] = 77;
    after.commands[count++].sequence = 1;
    after.commands[count] = after.commands[0];
    after.commands[count].sequence = 3;
    after.commands[count++].letter_id = UINT64_MAX;
    after.commands[count] = (struct lq_command){.client = player, .sequence = 60};
    lq_command_refuse(&after.commands[count++], "body: unreadable");
    after.commands[count] = after.commands[0]; /* leaves no trace */
    after.commands[count++].outcome = LQ_OUTCOME_DUPLICATE;
    after.command_count = count;
    for (uint32_t index = 0; index < count; index++) {
        uint64_t frame;
        const struct lq_command *command = &after.commands[index];
        if (command->outcome != LQ_OUTCOME_DUPLICATE &&
            lq_client_windows_judge(&after.windows, &command->client, command->sequence, &frame) ==
                LQ_WINDOW_EXECUTE) {
            lq_client_windows_use(&after.windows, &command->client, command->sequence, after.frame);
        }
    }
    size_t bytes = encode();
    ck_assert_uint_eq(delta[3] & 32, 0); /* windows follow from the commands */
    ck_assert_msg(decode(bytes, &where) == LQ_OK, "%s", where);
    ck_assert_uint_eq(back.command_count, count - 1);
    ck_assert_str_eq(back.commands[count - 2].reason, "body: unreadable");
    for (size_t less = 0; less < bytes; less++) {
        ck_assert_int_eq(decode(less, &where), LQ_ERR_MALFORMED);
    }
}
END_TEST

/* A resting world with one command, as small as it gets: the heading, 13 bytes of command, and four
 * numbers of one body. */
START_TEST(test_rest_and_one_push)
{
    make_before();
    make_after();
    after.command_count = 1;
    after.commands[0] = (struct lq_command){.client = player,
                                            .sequence = 5,
                                            .kind = LQ_COMMAND_APPLY_IMPULSE,
                                            .outcome = LQ_OUTCOME_APPLIED,
                                            .body_id = 3,
                                            .vx = 0.3f,
                                            .vy = -0.7f};
    lq_client_windows_use(&after.windows, &player, 5, after.frame);
    after.world.vx[2] = 1.1f;
    after.world.vy[2] = -2.3f;
    after.world.x[2] += 1.1 * 0.1;
    after.world.y[2] -= 2.3 * 0.1;
    size_t bytes = encode();
    ck_assert_msg(bytes <= 60, "%zu", bytes);
}
END_TEST

static void another_frame(void)
{
    after.frame++;
}
static void another_session(void)
{
    strcpy(after.session, "s2");
}
static void another_tenant(void)
{
    strcpy(after.tenant, "acm");
}
static void another_time(void)
{
    after.step_count++;
}

static void (*const others[])(void) = {another_frame, another_session, another_tenant,
                                       another_time};

START_TEST(test_not_the_next_frame)
{
    size_t bytes = 0;
    struct lq_tick_delta_room room = {delta, sizeof delta};

    make_before();
    make_after();
    others[_i]();
    ck_assert_int_eq(lq_tick_delta_encode(&before, &after, &scratch, room, &bytes), LQ_ERR_STATE);
}
END_TEST

START_TEST(test_against_another_frame)
{
    const char *where = "";

    make_before();
    make_after();
    size_t bytes = encode();
    before.frame++;
    ck_assert_int_eq(decode(bytes, &where), LQ_ERR_STATE);
    ck_assert_str_eq(where, "frame");
}
END_TEST

START_TEST(test_no_room)
{
    size_t bytes = 0;

    make_before();
    make_after();
    a_body_moves();
    size_t whole = encode();
    for (size_t less = 0; less < whole; less++) {
        struct lq_tick_delta_room room = {delta, less};
        ck_assert_int_eq(lq_tick_delta_encode(&before, &after, &scratch, room, &bytes),
                         LQ_ERR_LIMIT);
    }
}
END_TEST

START_TEST(test_pending_command)
{
    size_t bytes = 0;
    struct lq_tick_delta_room room = {delta, sizeof delta};

    make_before();
    make_after();
    after.command_count = 1;
    after.commands[0] = (struct lq_command){
        .client = player, .sequence = 5, .kind = 1, .outcome = LQ_OUTCOME_PENDING};
    ck_assert_int_eq(lq_tick_delta_encode(&before, &after, &scratch, room, &bytes), LQ_ERR_INVALID);
}
END_TEST

/* Byte `at` of the delta in which nothing happened becomes `value`. */
static const struct {
    size_t at;
    uint8_t value;
    enum lq_result result;
    const char *where;
} planted[] = {
    {0, 2, LQ_ERR_VERSION, "version"},
    {1, 11, LQ_ERR_STATE, "frame"},
    {2, 1, LQ_ERR_STATE, "frame"},
    {3, 128, LQ_ERR_MALFORMED, "parts"},
    {3, 4, LQ_ERR_MALFORMED, "seed"},
    {3, 16, LQ_ERR_MALFORMED, "columns"},
    {4, 0xff, LQ_ERR_MALFORMED, "columns"},
    {8, 0x80, LQ_ERR_MALFORMED, "columns"},
    {6, 1, LQ_ERR_MALFORMED, "body_id"},
    {6, 4, LQ_ERR_MALFORMED, "x"},
    {8, 2, LQ_ERR_MALFORMED, "tenant_bytes"},
    {7, 0x20, LQ_ERR_MALFORMED, "agent_target"},
};

START_TEST(test_planted)
{
    const char *where = "";

    make_before();
    make_after();
    size_t bytes = encode();
    ck_assert_uint_eq(bytes, 9);
    delta[planted[_i].at] = planted[_i].value;
    ck_assert_int_eq(decode(bytes, &where), planted[_i].result);
    ck_assert_msg(strcmp(where, planted[_i].where) == 0, "%s, not %s", where, planted[_i].where);
}
END_TEST

/* What the codec can say and a world cannot be. */
START_TEST(test_a_bad_world)
{
    const char *where = "";

    make_before();
    make_after();
    after.world.x[0] = 2e9;
    size_t bytes = encode();
    ck_assert_int_eq(decode(bytes, &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "x");
}
END_TEST

TCase *lq_test_tick_delta(void)
{
    TCase *tests = tcase_create("tick_delta");

    tcase_add_loop_test(tests, test_round_trip, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, test_commands);
    tcase_add_test(tests, test_rest_and_one_push);
    tcase_add_loop_test(tests, test_not_the_next_frame, 0, sizeof others / sizeof others[0]);
    tcase_add_test(tests, test_against_another_frame);
    tcase_add_test(tests, test_no_room);
    tcase_add_test(tests, test_pending_command);
    tcase_add_loop_test(tests, test_planted, 0, sizeof planted / sizeof planted[0]);
    tcase_add_test(tests, test_a_bad_world);
    return tests;
}

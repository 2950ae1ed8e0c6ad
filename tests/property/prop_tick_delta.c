// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A delta gives the content that it was made of, byte by byte, whatever changed; it is hardly
 * longer than that; broken ones are refused, or give a tick that is well formed. */
#include "replay/replay.h"
#include "tests/property/random_world.h"
#include "tests/support/suite.h"
#include "world/canonical.h"
#include "world/tick_delta.h"

#include <stdlib.h>

TCase *lq_prop_tick_delta(void);

static struct lq_tick before;
static struct lq_tick after;
static struct lq_tick back;
static struct lq_tick inputs;
static struct lq_tick_delta_scratch scratch;
static uint8_t delta[LQ_TICK_BYTES_MAX + LQ_TICK_DELTA_BYTES_OVER];
static uint8_t content[LQ_TICK_BYTES_MAX];
static uint8_t again[LQ_TICK_BYTES_MAX];

static uint32_t draw(struct lq_random_world *random, uint32_t below)
{
    return (uint32_t)lq_random_world_number(random, below);
}

static size_t encode_delta(void)
{
    size_t bytes = 0;
    struct lq_tick_delta_room room = {delta, sizeof delta};

    ck_assert_int_eq(lq_tick_delta_encode(&before, &after, &scratch, room, &bytes), LQ_OK);
    return bytes;
}

/* From memory of exactly that size, so that the sanitizers see a read beyond it. What it gives is
 * well formed; its content is in `again`. */
static enum lq_result decode_delta(size_t bytes, size_t *again_bytes)
{
    const char *where = NULL;
    uint8_t *exact = malloc(bytes > 0 ? bytes : 1);

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, delta, bytes);
    enum lq_result rc =
        lq_tick_delta_decode(lq_view_of(exact, bytes), &before, &back, &scratch, &where);
    if (rc == LQ_OK) {
        ck_assert_int_eq(lq_world_check(&back.world, &where), LQ_OK);
        ck_assert_int_eq(lq_canonical_encode(&back, again, sizeof again, again_bytes), LQ_OK);
    } else {
        ck_assert_ptr_nonnull(where);
    }
    free(exact);
    return rc;
}

static size_t check_round_trip(void)
{
    size_t content_bytes = 0;
    size_t again_bytes = 0;
    size_t bytes = encode_delta();

    ck_assert_int_eq(lq_canonical_encode(&after, content, sizeof content, &content_bytes), LQ_OK);
    ck_assert_int_eq(decode_delta(bytes, &again_bytes), LQ_OK);
    ck_assert_uint_eq(again_bytes, content_bytes);
    ck_assert_int_eq(memcmp(again, content, content_bytes), 0);
    ck_assert_uint_le(bytes, content_bytes + LQ_TICK_DELTA_BYTES_OVER);
    return bytes;
}

/* ---- edits that no stage makes ---- */

static void edit_number(struct lq_random_world *random, struct lq_world *world)
{
    uint32_t body = draw(random, world->body_count);
    double by = lq_random_world_real(random, -1e-3, 1e-3);

    switch (draw(random, 8)) {
    case 0:
        world->x[body] += by;
        break;
    case 1:
        world->y[body] = lq_random_world_real(random, -1e9, 1e9);
        break;
    case 2:
        world->vx[body] = (float)by;
        break;
    case 3:
        world->spin[body] = world->spin[draw(random, world->body_count)];
        break;
    case 4:
        world->angle[body] -= 3;
        break;
    case 5:
        world->body_kind[body] ^= 1;
        break;
    case 6:
        world->thrust_y[body] = 0.0f;
        break;
    default:
        world->radius[body] *= 1.5f;
    }
}

static void edit_agents(struct lq_random_world *random, struct lq_world *world)
{
    uint32_t body = world->body_id[draw(random, world->body_count)];
    uint32_t target = world->body_id[draw(random, world->body_count)];
    uint8_t behavior = (uint8_t)(1 + draw(random, LQ_BEHAVIOR_LAST));

    enum lq_result rc = lq_world_set_agent(world, body, behavior, target, 2.5f);
    ck_assert(rc == LQ_OK || rc == LQ_ERR_FULL);
}

static void edit_players(struct lq_random_world *random, struct lq_world *world)
{
    struct lq_client_id client = {{(uint8_t)draw(random, 9), (uint8_t)draw(random, 250)}};

    /* May be refused: the client has one. */
    enum lq_result rc =
        lq_world_add_player(world, &client, world->body_id[draw(random, world->body_count)]);
    (void)rc;
}

/* All columns of all bodies at once: nothing of the frame before is left. */
static void edit_all(struct lq_random_world *random, struct lq_world *world)
{
    for (uint32_t body = 0; body < world->body_count; body++) {
        world->x[body] = lq_random_world_real(random, -1e9, 1e9);
        world->y[body] = lq_random_world_real(random, -1e9, 1e9);
        world->vx[body] = (float)lq_random_world_real(random, -1e6, 1e6);
        world->vy[body] = 1.0f;
        world->angle[body] = (int32_t)draw(random, UINT32_MAX);
        world->body_kind[body] = (uint8_t)draw(random, 256);
    }
}

static void edit_world(struct lq_random_world *random, struct lq_world *world)
{
    switch (draw(random, 8)) {
    case 0:
        lq_world_remove_body(world, draw(random, world->body_count));
        break;
    case 1:
        (void)lq_world_add_body(world, 1, 5.0, lq_random_world_real(random, 0, 9), 0.5f);
        break;
    case 2:
        edit_agents(random, world);
        break;
    case 3:
        edit_players(random, world);
        break;
    case 4:
        world->tenant_bytes_count = draw(random, 60);
        memset(world->tenant_bytes, (int)draw(random, 3), world->tenant_bytes_count);
        break;
    case 5:
        if (draw(random, 20) == 0) {
            edit_all(random, world);
        }
        break;
    default:
        edit_number(random, world);
    }
}

static void edit_tick(struct lq_random_world *random)
{
    after.steps = draw(random, 20);
    after.wall_time_ns = before.wall_time_ns + draw(random, 1000000000) - 300000000;
    after.missed_count += draw(random, 2);
    after.pipeline_hash[0] ^= draw(random, 9) == 0;
    after.config.attended ^= after.config.rate_numerator > 0 && draw(random, 9) == 0;
    if (draw(random, 3) > 0) {
        enum lq_result rc = lq_tick_add_stage(&after, "physics", 1 + draw(random, 2));
        ck_assert_int_eq(rc, LQ_OK);
    }
    if (draw(random, 9) == 0 && after.windows.count > 0) {
        after.windows.entries[0].used_map ^= 2;
    }
    after.command_count = draw(random, 6);
    for (uint32_t index = 0; index < after.command_count; index++) {
        struct lq_command *command = &after.commands[index];

        lq_random_world_command(random, &before, command);
        if (command->kind != 0 && draw(random, 3) == 0) {
            lq_command_refuse(command, "reason %u", index);
        } else if (command->kind != 0) {
            command->outcome = draw(random, 9) == 0 ? LQ_OUTCOME_UNUSED : LQ_OUTCOME_APPLIED;
        }
    }
}

/* The next tick by hand, whatever stages would make of it. */
static void make_next(struct lq_random_world *random, uint32_t edits)
{
    memcpy(&after, &before, sizeof after);
    lq_tick_advance(&after);
    edit_tick(random);
    for (uint32_t edit = 0; edit < edits && after.world.body_count > 0; edit++) {
        edit_world(random, &after.world);
    }
}

START_TEST(prop_edits)
{
    struct lq_random_world random = {lq_suite_seed(11)};

    for (int round = 0; round < 3000; round++) {
        if (round % 10 == 0) {
            lq_random_world_fill(&random, &before, round % 500 == 0 ? LQ_BODIES_MAX : 40);
        }
        make_next(&random, draw(&random, 30));
        (void)check_round_trip();
        memcpy(&before, &after, sizeof before);
    }
}
END_TEST

/* A world and another one: nothing stayed but by chance, and the bound holds. */
START_TEST(prop_strangers)
{
    struct lq_random_world random = {lq_suite_seed(12)};

    for (int round = 0; round < 60; round++) {
        uint32_t bodies_max = round % 20 == 0 ? LQ_BODIES_MAX : 60;

        lq_random_world_fill(&random, &before, bodies_max);
        lq_random_world_fill(&random, &after, bodies_max);
        memcpy(after.tenant, before.tenant, sizeof after.tenant);
        memcpy(after.session, before.session, sizeof after.session);
        after.frame = before.frame + 1;
        after.step_count = before.step_count + before.steps;
        (void)check_round_trip();
    }
}
END_TEST

/* ---- what the stages make ---- */

static void play(uint32_t commands)
{
    static const struct lq_stage_version stages[] = {
        {"load", 2}, {"physics", 2}, {"ai", 2}, {"persist", 1}};
    const struct lq_stage_version *missing = NULL;

    inputs.missed_count = before.missed_count;
    inputs.wall_time_ns = before.wall_time_ns + 1;
    memcpy(inputs.pipeline_hash, before.pipeline_hash, sizeof inputs.pipeline_hash);
    inputs.config = before.config;
    inputs.stage_count = 4;
    memcpy(inputs.stages, stages, sizeof stages);
    inputs.command_count = commands;
    memcpy(&after, &before, sizeof after);
    ck_assert_int_eq(lq_replay_frame(&after, &inputs, &missing), LQ_REPLAY_RECOMPUTED);
}

START_TEST(prop_played)
{
    struct lq_random_world random = {lq_suite_seed(13)};

    for (int round = 0; round < 2000; round++) {
        if (round % 20 == 0) {
            lq_random_world_fill(&random, &before, 30);
        }
        uint32_t commands = draw(&random, 8);
        for (uint32_t index = 0; index < commands; index++) {
            lq_random_world_command(&random, &before, &inputs.commands[index]);
        }
        inputs.steps = draw(&random, 4);
        play(commands);
        (void)check_round_trip();
        ck_assert_uint_eq(delta[3] & 32, 0); /* windows as load makes them cost nothing */
        memcpy(&before, &after, sizeof before);
    }
}
END_TEST

/* Bodies that nothing touches are where they were expected, by whole steps of any length. */
START_TEST(prop_free_bodies_cost_nothing)
{
    struct lq_random_world random = {lq_suite_seed(14)};

    for (int round = 0; round < 300; round++) {
        lq_random_world_fill(&random, &before, 5);
        before.world.agent_count = 0;
        before.config.width = before.config.height = 1e9;
        before.config.rate_numerator = 1 + draw(&random, 1000);
        before.config.rate_denominator = 1 + draw(&random, 5);
        for (uint32_t body = 0; body < before.world.body_count; body++) {
            before.world.x[body] = 1e6 * (body + 1.0 + lq_random_world_real(&random, 0, 0.1));
            before.world.y[body] = 5e8;
        }
        inputs.steps = draw(&random, LQ_COLUMN_PREDICTION_STEPS_MAX + 1);
        play(0);
        size_t bytes = check_round_trip();
        const uint8_t *columns = delta + bytes - 3;
        ck_assert_msg(columns[0] == 0 && columns[1] == 0 && columns[2] == 0,
                      "round %d: %u steps of %u/%u", round, inputs.steps,
                      before.config.rate_denominator, before.config.rate_numerator);
    }
}
END_TEST

/* ---- hostile bytes ---- */

START_TEST(prop_corrupted)
{
    struct lq_random_world random = {lq_suite_seed(15)};
    size_t bytes = 0;
    size_t again_bytes = 0;
    int refused = 0;

    lq_random_world_fill(&random, &before, 30);
    for (int round = 0; round < 30000; round++) {
        if (round % 50 == 0) {
            make_next(&random, 1 + draw(&random, 12));
            bytes = encode_delta();
        }
        size_t at = lq_random_world_number(&random, bytes);
        uint8_t kept = delta[at];
        size_t less = draw(&random, 4) == 0 ? draw(&random, (uint32_t)bytes) : bytes;

        delta[at] = (uint8_t)draw(&random, 256);
        refused += decode_delta(less, &again_bytes) != LQ_OK;
        delta[at] = kept;
    }
    ck_assert_int_gt(refused, 10000);
}
END_TEST

START_TEST(prop_garbage)
{
    struct lq_random_world random = {lq_suite_seed(16)};
    size_t again_bytes = 0;

    lq_random_world_fill(&random, &before, 30);
    for (int round = 0; round < 30000; round++) {
        size_t bytes = 3 + draw(&random, 200);

        for (size_t at = 0; at < bytes; at++) {
            delta[at] = (uint8_t)(draw(&random, 3) == 0 ? draw(&random, 256) : draw(&random, 3));
        }
        delta[0] = LQ_TICK_DELTA_VERSION;
        delta[1] = (uint8_t)(before.frame + 1);
        delta[2] = (uint8_t)((before.frame + 1) >> 8);
        (void)decode_delta(bytes, &again_bytes);
    }
}
END_TEST

/* Against another frame of the same number, as far as the delta can tell: what it gives is well
 * formed, or it is refused. D of the content says that it is another. */
START_TEST(prop_against_another_world)
{
    struct lq_random_world random = {lq_suite_seed(17)};
    size_t again_bytes = 0;
    size_t content_bytes = 0;
    int equal = 0;

    for (int round = 0; round < 300; round++) {
        lq_random_world_fill(&random, &before, 30);
        make_next(&random, 12);
        size_t bytes = encode_delta();
        ck_assert_int_eq(lq_canonical_encode(&after, content, sizeof content, &content_bytes),
                         LQ_OK);
        for (int edit = 0; edit < 3 && before.world.body_count > 0; edit++) {
            edit_world(&random, &before.world);
        }
        if (decode_delta(bytes, &again_bytes) == LQ_OK) {
            equal += again_bytes == content_bytes && memcmp(again, content, content_bytes) == 0;
        }
    }
    ck_assert_int_lt(equal, 200); /* an edit may be one that the delta tells whole */
}
END_TEST

TCase *lq_prop_tick_delta(void)
{
    TCase *tcase = tcase_create("tick_delta");

    tcase_add_test(tcase, prop_edits);
    tcase_add_test(tcase, prop_strangers);
    tcase_add_test(tcase, prop_played);
    tcase_add_test(tcase, prop_free_bodies_cost_nothing);
    tcase_add_test(tcase, prop_corrupted);
    tcase_add_test(tcase, prop_garbage);
    tcase_add_test(tcase, prop_against_another_world);
    return tcase;
}

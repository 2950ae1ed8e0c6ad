// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "replay/replay.h"

#include "actors/ai/domain/ai_v1.h"
#include "actors/ai/domain/ai_v2.h"
#include "actors/load/domain/load_v1.h"
#include "actors/load/domain/load_v2.h"
#include "actors/physics/domain/physics_v1.h"
#include "actors/physics/domain/physics_v2.h"
#include "tests/support/suite.h"
#include "world/canonical.h"

#define FRAMES 40

static struct lq_tick live;
static struct lq_tick before;
static struct lq_tick recorded;
static uint8_t ledger[FRAMES + 1][32768];
static size_t ledger_bytes[FRAMES + 1];
static uint8_t recomputed[32768];

static void decode(uint64_t frame, struct lq_tick *tick)
{
    const char *where = "";

    ck_assert_msg(
        lq_canonical_decode(lq_view_of(ledger[frame], ledger_bytes[frame]), tick, &where) == LQ_OK,
        "frame %d: %s", (int)frame, where);
}

static void record(void)
{
    enum lq_result result =
        lq_canonical_encode(&live, ledger[live.frame], sizeof ledger[0], &ledger_bytes[live.frame]);

    ck_assert_int_eq(result, LQ_OK);
}

static void create(void)
{
    lq_tick_clear(&live);
    strcpy(live.tenant, "acme");
    strcpy(live.session, "arena");
    live.config = (struct lq_session_config){11, 10, 1, 1, 40.0, 30.0, 0.8f, false};
    record();
}

static struct lq_command *add(uint8_t client, uint64_t sequence, uint8_t kind)
{
    struct lq_command *command = &live.commands[live.command_count++];

    *command = (struct lq_command){
        .client = {{client}}, .sequence = sequence, .kind = kind, .outcome = LQ_OUTCOME_PENDING};
    return command;
}

static void add_place(struct lq_command *command, double x, float radius)
{
    command->x = x;
    command->y = 7.0;
    command->radius = radius;
}

/* What clients send for frame `frame`: every kind, and everything that can be wrong with one. */
static void add_commands(uint64_t frame)
{
    struct lq_command *command;

    switch (frame % 10) {
    case 1:
        add_place(add((uint8_t)frame, 1, LQ_COMMAND_JOIN), (double)(frame % 30) + 2.0, 1.0f);
        add_place(add(200, frame, LQ_COMMAND_SPAWN), 20.0, 1.5f);
        add_place(add(200, frame, LQ_COMMAND_SPAWN), 20.0, 1.5f); /* a repeat */
        break;
    case 2:
        command = add(200, frame, LQ_COMMAND_SET_BEHAVIOR);
        command->body_id = 2;
        command->behavior = frame < 10 ? LQ_BEHAVIOR_WANDER : LQ_BEHAVIOR_SEEK;
        command->target_id = 1;
        command->strength = 9.0f;
        break;
    case 3:
        add((uint8_t)(frame - 2), 2, LQ_COMMAND_SET_THRUST)->vx = 4.0f;
        add((uint8_t)(frame - 2), 3, LQ_COMMAND_APPLY_IMPULSE)->vy = 3.0f;
        break;
    case 4:
        add_place(add(200, frame, LQ_COMMAND_SPAWN), 3.0, 0.0f); /* refused by load */
        add(200, frame + 1, LQ_COMMAND_DESPAWN)->body_id = 999;  /* refused by physics */
        add(200, frame + 200, LQ_COMMAND_LEAVE);                 /* too far */
        break;
    case 5:
        add(201, frame, LQ_COMMAND_CUSTOM)->custom = lq_view_text("opaque");
        lq_command_refuse(add(202, frame, 0), "body: unreadable");
        /* Another incarnation of one that has joined: to version 1 another client. */
        command = add((uint8_t)(frame - 4), 1, LQ_COMMAND_JOIN);
        add_place(command, 9.0, 1.0f);
        command->client.bytes[LQ_CLIENT_ID_BYTES - 1] = 1;
        break;
    case 6:
        add((uint8_t)(frame - 5), 4, LQ_COMMAND_LEAVE);
        add((uint8_t)(frame - 5), 5, LQ_COMMAND_LEAVE); /* has left already */
        break;
    default:
        break;
    }
}

/* The stages of each version, as frames up to UPGRADE and those after it are made. */
#define UPGRADE 20
static const struct {
    void (*load)(struct lq_tick *tick);
    void (*physics)(struct lq_tick *tick);
    void (*ai)(struct lq_tick *tick);
} versions[] = {
    {lq_load_v1_step, lq_physics_v1_step, lq_ai_v1_step},
    {lq_load_v2_step, lq_physics_v2_step, lq_ai_v2_step},
};

/* One tick as the four stages run it. Frames divisible by 7 have no step. */
static void run_tick(void)
{
    lq_tick_advance(&live);
    live.steps = live.frame % 7 != 0;
    live.missed_count += live.frame % 5 == 0;
    live.wall_time_ns = live.frame * 1000;
    live.pipeline_hash[3] = 9;
    add_commands(live.frame);
    uint32_t version = live.frame <= UPGRADE ? 1 : 2;
    versions[version - 1].load(&live);
    ck_assert_int_eq(lq_tick_add_stage(&live, "load", version), LQ_OK);
    versions[version - 1].physics(&live);
    ck_assert_int_eq(lq_tick_add_stage(&live, "physics", version), LQ_OK);
    versions[version - 1].ai(&live);
    ck_assert_int_eq(lq_tick_add_stage(&live, "ai", version), LQ_OK);
    lq_tick_conclude(&live);
    ck_assert_int_eq(lq_tick_add_stage(&live, "persist", 1), LQ_OK);
    record();
}

static void run_session(void)
{
    create();
    while (live.frame < FRAMES) {
        run_tick();
    }
    ck_assert_uint_ge(live.world.body_count, 4);
    ck_assert_uint_gt(live.world.agent_count, 0);
    ck_assert_uint_gt(live.windows.count, 4);
}

/* Recompute `frame` from the record before; whether the bytes are those of the record. */
static bool replays(uint64_t frame)
{
    const struct lq_stage_version *missing = NULL;
    size_t bytes = 0;

    decode(frame - 1, &before);
    decode(frame, &recorded);
    ck_assert_int_eq(lq_replay_frame(&before, &recorded, &missing), LQ_REPLAY_RECOMPUTED);
    ck_assert_int_eq(lq_canonical_encode(&before, recomputed, sizeof recomputed, &bytes), LQ_OK);
    return bytes == ledger_bytes[frame] && memcmp(recomputed, ledger[frame], bytes) == 0;
}

START_TEST(test_every_frame_replays)
{
    run_session();
    for (uint64_t frame = 1; frame <= FRAMES; frame++) {
        ck_assert_msg(replays(frame), "frame %d differs", (int)frame);
    }
}
END_TEST

/* Change what a record says; the frame must differ from what is recomputed. */
static void harm_world(struct lq_tick *tick)
{
    tick->world.x[0] += 0.001;
}
static void harm_outcome(struct lq_tick *tick)
{
    lq_command_refuse(&tick->commands[0], "made up");
}
static void harm_window(struct lq_tick *tick)
{
    tick->windows.entries[0].used_map ^= 4;
}
static void harm_step_count(struct lq_tick *tick)
{
    tick->step_count++;
}
static void harm_input(struct lq_tick *tick)
{
    tick->commands[0].vx += 1.0f;
}
static void harm_reuse(struct lq_tick *tick)
{
    tick->commands[0].sequence = 1; /* used before */
}

static void (*const harms[])(struct lq_tick *) = {harm_world,      harm_outcome, harm_window,
                                                  harm_step_count, harm_input,   harm_reuse};

START_TEST(test_differences_show)
{
    run_session();
    decode(3, &live);
    ck_assert_uint_eq(live.command_count, 2);
    harms[_i](&live);
    record();
    ck_assert(!replays(3));
}
END_TEST

START_TEST(test_unknown_stage_is_as_recorded)
{
    const struct lq_stage_version *missing = NULL;

    run_session();
    decode(2, &before);
    decode(3, &recorded);
    strcpy(recorded.stages[1].name, "weather");
    ck_assert_int_eq(lq_replay_frame(&before, &recorded, &missing), LQ_REPLAY_AS_RECORDED);
    ck_assert_ptr_eq(missing, &recorded.stages[1]);
    decode(3, &recorded);
    recorded.stages[2].version = 3;
    ck_assert_int_eq(lq_replay_frame(&before, &recorded, &missing), LQ_REPLAY_AS_RECORDED);
    ck_assert_str_eq(missing->name, "ai");
}
END_TEST

/* Each stage by the version that the record names: the frames with a second incarnation differ. */
START_TEST(test_the_version_counts)
{
    const struct lq_stage_version *missing = NULL;
    size_t bytes = 0;

    run_session();
    for (uint32_t stage = 0; stage < 2; stage++) { /* load, physics */
        for (uint64_t frame = 5; frame <= 25; frame += 20) {
            decode(frame - 1, &before);
            decode(frame, &recorded);
            recorded.stages[stage].version = frame <= UPGRADE ? 2 : 1;
            ck_assert_int_eq(lq_replay_frame(&before, &recorded, &missing), LQ_REPLAY_RECOMPUTED);
            before.stages[stage].version = frame <= UPGRADE ? 1 : 2;
            ck_assert_int_eq(lq_canonical_encode(&before, recomputed, sizeof recomputed, &bytes),
                             LQ_OK);
            ck_assert(bytes != ledger_bytes[frame] ||
                      memcmp(recomputed, ledger[frame], bytes) != 0);
        }
    }
}
END_TEST

START_TEST(test_table)
{
    size_t count = 0;
    size_t found = 0;
    const struct lq_replay_stage *stages = lq_replay_stages(&count);

    for (size_t index = 0; index < count; index++) {
        if (strcmp(stages[index].name, "physics") == 0 && stages[index].version == 1) {
            ck_assert(stages[index].step == lq_physics_v1_step);
            found++;
        }
        /* Each version once. */
        for (size_t other = 0; other < index; other++) {
            ck_assert(strcmp(stages[index].name, stages[other].name) != 0 ||
                      stages[index].version > stages[other].version);
        }
        ck_assert(stages[index].step != NULL);
    }
    ck_assert_uint_eq(found, 1);
}
END_TEST

START_TEST(test_advance)
{
    run_session();
    decode(FRAMES, &live);
    uint64_t steps_before = live.step_count;
    uint32_t steps = live.steps;
    lq_tick_advance(&live);
    ck_assert_uint_eq(live.frame, FRAMES + 1);
    ck_assert_uint_eq(live.step_count, steps_before + steps);
    ck_assert_uint_eq(live.steps, 0);
    ck_assert_uint_eq(live.command_count + live.stage_count + live.event_count, 0);
    ck_assert_uint_gt(live.missed_count, 0);
    ck_assert_uint_gt(live.world.body_count, 0);
    ck_assert_str_eq(live.session, "arena");
}
END_TEST

TCase *lq_test_replay(void);
TCase *lq_test_replay(void)
{
    TCase *tcase = tcase_create("replay");

    tcase_add_test(tcase, test_every_frame_replays);
    tcase_add_loop_test(tcase, test_differences_show, 0, sizeof harms / sizeof harms[0]);
    tcase_add_test(tcase, test_unknown_stage_is_as_recorded);
    tcase_add_test(tcase, test_the_version_counts);
    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_advance);
    return tcase;
}

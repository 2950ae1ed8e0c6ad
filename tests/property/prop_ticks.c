// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A tick's result does not depend on whether the world went through its canonical form before it,
 * and every frame of a random session can be recomputed from its record and the one before. */
#include "replay/replay.h"
#include "tests/property/random_world.h"
#include "tests/support/suite.h"
#include "world/canonical.h"

static struct lq_tick kept;    /* goes on in memory */
static struct lq_tick carried; /* goes through bytes between any two ticks */
static struct lq_tick recorded;
static uint8_t content[2][LQ_TICK_BYTES_MAX];
static size_t content_bytes[2];

/* The stages of the table of one version; persist, which ends a tick, has but one. */
static void run_stages(struct lq_tick *tick, uint32_t version)
{
    size_t count = 0;
    const struct lq_replay_stage *stages = lq_replay_stages(&count);

    for (size_t index = 0; index < count; index++) {
        const struct lq_replay_stage *stage = &stages[index];
        if (stage->version == version || strcmp(stage->name, "persist") == 0) {
            stage->step(tick);
            ck_assert_int_eq(lq_tick_add_stage(tick, stage->name, stage->version), LQ_OK);
        }
    }
    ck_assert_uint_ge(tick->stage_count, 4); /* a stage that somebody adds comes to them */
}

static void encode(const struct lq_tick *tick, int which)
{
    ck_assert_int_eq(
        lq_canonical_encode(tick, content[which], LQ_TICK_BYTES_MAX, &content_bytes[which]), LQ_OK);
}

static void decode(struct lq_tick *tick, int which)
{
    const char *where = "";
    struct lq_view view = lq_view_of(content[which], content_bytes[which]);

    ck_assert_msg(lq_canonical_decode(view, tick, &where) == LQ_OK, "%s", where);
}

static void give_inputs(struct lq_random_world *random, struct lq_tick *tick)
{
    tick->steps = lq_random_world_number(random, 4) != 0;
    tick->command_count = (uint32_t)lq_random_world_number(random, 5);
    for (uint32_t index = 0; index < tick->command_count; index++) {
        lq_random_world_command(random, tick, &tick->commands[index]);
    }
}

static bool equal_contents(void)
{
    return content_bytes[0] == content_bytes[1] &&
           memcmp(content[0], content[1], content_bytes[0]) == 0;
}

START_TEST(prop_carried_is_kept)
{
    struct lq_random_world random = {lq_suite_seed(8)};

    for (int world = 0; world < 20; world++) {
        lq_random_world_fill(&random, &kept, world % 4 == 0 ? 150 : 30);
        encode(&kept, 1);
        for (int tick = 0; tick < 60; tick++) {
            decode(&carried, 1);
            lq_tick_advance(&kept);
            lq_tick_advance(&carried);
            struct lq_random_world inputs = random;
            give_inputs(&inputs, &kept);
            give_inputs(&random, &carried);
            run_stages(&kept, 2);
            run_stages(&carried, 2);
            encode(&kept, 0);
            encode(&carried, 1);
            ck_assert_msg(equal_contents(), "world %d, tick %d", world, tick);
        }
    }
}
END_TEST

START_TEST(prop_frames_replay)
{
    struct lq_random_world random = {lq_suite_seed(9)};
    const struct lq_stage_version *missing = NULL;

    for (int world = 0; world < 20; world++) {
        lq_random_world_fill(&random, &kept, 30);
        for (int tick = 0; tick < 60; tick++) {
            encode(&kept, 1);
            decode(&carried, 1);
            lq_tick_advance(&kept);
            give_inputs(&random, &kept);
            run_stages(&kept, 1 + (uint32_t)tick / 30); /* half of them by the versions before */
            encode(&kept, 0);
            decode(&recorded, 0);
            ck_assert_int_eq(lq_replay_frame(&carried, &recorded, &missing), LQ_REPLAY_RECOMPUTED);
            encode(&carried, 1);
            ck_assert_msg(equal_contents(), "world %d, tick %d", world, tick);
        }
    }
}
END_TEST

TCase *lq_prop_ticks(void);
TCase *lq_prop_ticks(void)
{
    TCase *tcase = tcase_create("ticks");

    tcase_add_test(tcase, prop_carried_is_kept);
    tcase_add_test(tcase, prop_frames_replay);
    return tcase;
}

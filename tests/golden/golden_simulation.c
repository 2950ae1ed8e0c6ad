// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The numbers of physics version 1 and ai version 1: a fixed arena of 20 bodies and 10 agents, 200
 * steps, and the hash of its canonical bytes. The versions are frozen, so these constants never
 * change; a change of the numbers is a new stage version with constants of its own. */
#include "actors/ai/domain/ai_v1.h"
#include "actors/physics/domain/physics_v1.h"
#include "tests/support/suite.h"
#include "world/canonical.h"

#include <inttypes.h>
#include <string.h>

#define BODIES 20u
#define AGENTS 10u

static struct lq_tick tick;
static uint8_t content[LQ_TICK_BYTES_MAX];

static void fill_arena(uint32_t bodies)
{
    lq_tick_clear(&tick);
    strcpy(tick.tenant, "golden");
    strcpy(tick.session, "arena");
    tick.config = (struct lq_session_config){
        .seed = UINT64_C(0x1234567890abcdef),
        .rate_numerator = 10,
        .rate_denominator = 1,
        .steps_per_command = 1,
        .width = 40.0,
        .height = 30.0,
        .restitution = 0.75f,
    };
    for (uint32_t index = 0; index < bodies; index++) {
        uint32_t at =
            lq_world_add_body(&tick.world, (uint8_t)(index % 3), 2.0 + 1.75 * (index % 21),
                              2.0 + 1.3 * (index * 7 % 20), 0.4f + 0.05f * (float)(index % 9));
        tick.world.vx[at] = (float)(index % 5) - 2.0f;
        tick.world.vy[at] = 1.5f - (float)(index % 4);
        tick.world.spin[at] = 0.1f * (float)(index % 3);
    }
    for (uint32_t agent = 0; agent < AGENTS; agent++) {
        static const uint8_t behaviors[] = {LQ_BEHAVIOR_WANDER, LQ_BEHAVIOR_SEEK, LQ_BEHAVIOR_FLEE,
                                            LQ_BEHAVIOR_WANDER, LQ_BEHAVIOR_IDLE};
        ck_assert_int_eq(lq_world_set_agent(&tick.world, 1 + 2 * agent, behaviors[agent % 5],
                                            2 + agent, 4.0f + (float)agent),
                         LQ_OK);
    }
}

/* FNV-1a, 64 bits. */
static uint64_t hash_tick(void)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t bytes = 0;

    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_OK);
    for (size_t at = 0; at < bytes; at++) {
        hash = (hash ^ content[at]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static const struct {
    uint32_t bodies;
    uint32_t steps;
    uint64_t hash;
} rows[] = {
    {BODIES, 1, UINT64_C(0xb7b3aaecb78fed41)},
    {BODIES, 200, UINT64_C(0x20ebcf18a177d466)},
    {300, 50, UINT64_C(0x7d257957c1d133d6)}, /* crowded, by the sweep */
};

START_TEST(golden_arena)
{
    fill_arena(rows[_i].bodies);
    for (uint32_t step = 0; step < rows[_i].steps; step++) {
        tick.frame++;
        tick.step_count += tick.steps;
        tick.steps = 1;
        lq_physics_v1_step(&tick);
        lq_ai_v1_step(&tick);
    }
    uint64_t hash = hash_tick();
    ck_assert_msg(hash == rows[_i].hash, "%u bodies, %u steps: 0x%016" PRIx64, rows[_i].bodies,
                  rows[_i].steps, hash);
}
END_TEST

static TCase *golden_simulation(void)
{
    TCase *tcase = tcase_create("simulation");

    tcase_add_loop_test(tcase, golden_arena, 0, sizeof rows / sizeof rows[0]);
    return tcase;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {golden_simulation};

    return lq_suite_run("golden simulation", cases, 1);
}

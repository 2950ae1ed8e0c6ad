// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The numbers of physics version 1 and ai version 1: a fixed arena of 20 bodies and 10 agents, 200
 * steps, and a hash of its columns. The versions are frozen, so these constants never change; a
 * change of the numbers is a new stage version with constants of its own. */
#include "actors/ai/domain/ai_v1.h"
#include "actors/physics/domain/physics_v1.h"
#include "tests/support/suite.h"

#include <inttypes.h>
#include <string.h>

#define BODIES 20u
#define AGENTS 10u

static struct lq_tick tick;

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

/* FNV-1a, 64 bits, over the numbers' bits and not over a record: how they are stored may change. */
static uint64_t hash_column(uint64_t hash, const void *column, size_t rows, size_t width)
{
    for (size_t row = 0; row < rows; row++) {
        uint32_t bits_of_4 = 0;
        uint64_t bits = 0;

        if (width == sizeof bits) {
            memcpy(&bits, (const uint8_t *)column + row * width, sizeof bits);
        } else {
            memcpy(&bits_of_4, (const uint8_t *)column + row * width, sizeof bits_of_4);
            bits = bits_of_4;
        }
        for (size_t byte = 0; byte < width; byte++) {
            hash = (hash ^ ((bits >> 8 * byte) & 0xff)) * UINT64_C(0x100000001b3);
        }
    }
    return hash;
}

static uint64_t hash_world(const struct lq_world *world)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t bodies = world->body_count;
    size_t agents = world->agent_count;

    hash = hash_column(hash, world->body_id, bodies, sizeof world->body_id[0]);
    hash = hash_column(hash, world->x, bodies, sizeof world->x[0]);
    hash = hash_column(hash, world->y, bodies, sizeof world->y[0]);
    hash = hash_column(hash, world->angle, bodies, sizeof world->angle[0]);
    hash = hash_column(hash, world->vx, bodies, sizeof world->vx[0]);
    hash = hash_column(hash, world->vy, bodies, sizeof world->vy[0]);
    hash = hash_column(hash, world->spin, bodies, sizeof world->spin[0]);
    hash = hash_column(hash, world->thrust_x, bodies, sizeof world->thrust_x[0]);
    hash = hash_column(hash, world->thrust_y, bodies, sizeof world->thrust_y[0]);
    return hash_column(hash, world->agent_body, agents, sizeof world->agent_body[0]);
}

static const struct {
    uint32_t bodies;
    uint32_t steps;
    uint64_t hash;
} rows[] = {
    {BODIES, 1, UINT64_C(0xf4d3e1b8b1f48016)},
    {BODIES, 200, UINT64_C(0x67a35f13be568663)},
    {300, 50, UINT64_C(0xee2eda0ab1a5b4f8)}, /* crowded, by the sweep */
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
    uint64_t hash = hash_world(&tick.world);
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

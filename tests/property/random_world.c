// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/property/random_world.h"

#include <string.h>

/* splitmix64 */
static uint64_t draw(struct lq_random_world *random)
{
    uint64_t value = random->state += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

uint64_t lq_random_world_number(struct lq_random_world *random, uint64_t below)
{
    return draw(random) % below;
}

double lq_random_world_real(struct lq_random_world *random, double low, double high)
{
    return low + (high - low) * ((double)(draw(random) >> 11) * 0x1p-53);
}

static float real32(struct lq_random_world *random, double low, double high)
{
    return (float)lq_random_world_real(random, low, high) + 0.0f;
}

static void fill_name(struct lq_random_world *random, char *name, uint32_t bytes_max)
{
    static const char letters[] = "abcXYZ019._-";
    uint64_t bytes = 1 + lq_random_world_number(random, bytes_max);

    for (uint64_t index = 0; index < bytes; index++) {
        /* No dot first. */
        size_t count = index == 0 ? sizeof letters - 4 : sizeof letters - 1;
        name[index] = letters[lq_random_world_number(random, (uint32_t)count)];
    }
    name[bytes] = '\0';
}

static void fill_bodies(struct lq_random_world *random, struct lq_tick *tick, uint32_t bodies_max)
{
    struct lq_world *world = &tick->world;
    uint64_t bodies = lq_random_world_number(random, (uint64_t)bodies_max + 1);

    for (uint64_t index = 0; index < bodies; index++) {
        double x = lq_random_world_real(random, 0.0, tick->config.width);
        double y = lq_random_world_real(random, 0.0, tick->config.height);
        uint32_t at;

        world->next_body_id += (uint32_t)lq_random_world_number(random, 3);
        at = lq_world_add_body(world, (uint8_t)draw(random), x, y, real32(random, 0.1, 3.0));
        world->angle[at] = (int32_t)(uint32_t)draw(random);
        world->vx[at] = real32(random, -20.0, 20.0);
        world->vy[at] = real32(random, -20.0, 20.0);
        world->spin[at] = real32(random, -2.0, 2.0);
        world->thrust_x[at] = real32(random, -5.0, 5.0);
        world->thrust_y[at] = real32(random, -5.0, 5.0);
    }
}

static uint32_t any_body(struct lq_random_world *random, const struct lq_world *world)
{
    uint64_t index = lq_random_world_number(random, (uint64_t)world->body_count + 1);

    return index < world->body_count ? world->body_id[index] : 0;
}

static struct lq_client_id any_client(struct lq_random_world *random)
{
    uint8_t player = (uint8_t)lq_random_world_number(random, 6);

    return (struct lq_client_id){{player, 3, 1, [15] = (uint8_t)lq_random_world_number(random, 3)}};
}

static void fill_agents(struct lq_random_world *random, struct lq_world *world)
{
    for (uint32_t index = 0; index < world->body_count; index++) {
        if (lq_random_world_number(random, 2) == 0) {
            uint8_t behavior = (uint8_t)(1 + lq_random_world_number(random, LQ_BEHAVIOR_LAST));
            enum lq_result result =
                lq_world_set_agent(world, world->body_id[index], behavior, any_body(random, world),
                                   real32(random, 0.0, 30.0));
            LQ_ASSERT(result == LQ_OK);
        }
    }
    for (int index = 0; index < 4; index++) {
        struct lq_client_id client = any_client(random);
        /* May be refused: the client has one, or body 0 was drawn. */
        enum lq_result result = lq_world_add_player(world, &client, any_body(random, world));
        (void)result;
    }
    world->tenant_bytes_count = (uint32_t)lq_random_world_number(random, 40);
    for (uint32_t index = 0; index < world->tenant_bytes_count; index++) {
        world->tenant_bytes[index] = (uint8_t)draw(random);
    }
}

static void fill_windows(struct lq_random_world *random, struct lq_tick *tick)
{
    for (int index = 0; index < 8; index++) {
        struct lq_client_id client = any_client(random);
        uint64_t sequence = 1 + lq_random_world_number(random, 60);
        uint64_t frame = 0;

        if (lq_client_windows_judge(&tick->windows, &client, sequence, &frame) ==
            LQ_WINDOW_EXECUTE) {
            lq_client_windows_use(&tick->windows, &client, sequence, tick->frame);
        }
    }
}

void lq_random_world_fill(struct lq_random_world *random, struct lq_tick *tick, uint32_t bodies_max)
{
    static const char *const stages[] = {"load", "physics", "ai", "persist"};

    lq_tick_clear(tick);
    fill_name(random, tick->tenant, LQ_TENANT_NAME_BYTES_MAX);
    fill_name(random, tick->session, LQ_SESSION_NAME_BYTES_MAX);
    tick->frame = draw(random) >> 8;
    tick->steps = (uint32_t)lq_random_world_number(random, 3);
    tick->step_count = draw(random) >> 8;
    tick->missed_count = draw(random) >> 8;
    tick->wall_time_ns = draw(random);
    for (size_t index = 0; index < sizeof tick->pipeline_hash; index++) {
        tick->pipeline_hash[index] = (uint8_t)draw(random);
    }
    tick->config = (struct lq_session_config){
        .seed = draw(random),
        .rate_numerator = (uint32_t)lq_random_world_number(random, 100),
        .rate_denominator = 1 + (uint32_t)lq_random_world_number(random, 3),
        .steps_per_command = 1 + (uint32_t)lq_random_world_number(random, 5),
        .width = lq_random_world_real(random, 10.0, 200.0),
        .height = lq_random_world_real(random, 10.0, 200.0),
        .restitution = real32(random, 0.0, 1.0)};
    tick->config.attended =
        tick->config.rate_numerator > 0 && lq_random_world_number(random, 4) == 0;
    for (size_t index = 0; index < 4; index++) {
        enum lq_result result = lq_tick_add_stage(tick, stages[index], 1);
        LQ_ASSERT(result == LQ_OK);
    }
    fill_bodies(random, tick, bodies_max);
    fill_agents(random, &tick->world);
    fill_windows(random, tick);
}

void lq_random_world_command(struct lq_random_world *random, const struct lq_tick *tick,
                             struct lq_command *command)
{
    static const uint8_t opaque[64] = {1, 2, 3};

    *command = (struct lq_command){
        .client = any_client(random),
        .sequence = 1 + lq_random_world_number(random, 100),
        .letter_id = lq_random_world_number(random, 10) == 0,
        .kind = (uint8_t)lq_random_world_number(random, LQ_COMMAND_KIND_LAST + 1),
        .outcome = LQ_OUTCOME_PENDING,
        .body_kind = (uint8_t)draw(random),
        .behavior = (uint8_t)lq_random_world_number(random, LQ_BEHAVIOR_LAST + 2),
        .body_id = any_body(random, &tick->world),
        .target_id = any_body(random, &tick->world),
        .x = lq_random_world_real(random, -1.0, tick->config.width + 1.0),
        .y = lq_random_world_real(random, -1.0, tick->config.height + 1.0),
        .radius = real32(random, -0.1, 3.0),
        .vx = real32(random, -20.0, 20.0),
        .vy = real32(random, -20.0, 20.0),
        .strength = real32(random, -1.0, 20.0)};
    if (command->kind == 0) {
        lq_command_refuse(command, "body: unreadable");
    }
    if (command->kind == LQ_COMMAND_CUSTOM) {
        command->custom = lq_view_of(opaque, lq_random_world_number(random, sizeof opaque));
    }
}

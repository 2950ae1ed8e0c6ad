// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/golden/edge_frames.h"

#include "tests/support/suite.h"
#include "world/client_window.h"

#include <stdio.h>
#include <string.h>

/* Players 10, 20, ..., each with an incarnation of its own; the lowest is that of three, of which
 * two were silent longest. */
enum { PLAYER_STEP = 10, INCARNATION_MIN = 100, LOWEST_COUNT = 3 };

static struct lq_client_id player_at(uint32_t index)
{
    uint64_t incarnation = INCARNATION_MIN + (index < LOWEST_COUNT ? 0 : index);

    return lq_client_id_of(PLAYER_STEP * (uint64_t)(index + 1), incarnation);
}

void lq_edge_frames_begin(struct lq_tick *tick)
{
    lq_tick_clear(tick);
    snprintf(tick->tenant, sizeof tick->tenant, "acme");
    snprintf(tick->session, sizeof tick->session, "edges");
    tick->frame = 65533; /* 16 bits of it wrap around on the way */
    tick->step_count = 70000;
    tick->wall_time_ns = UINT64_C(1793000000000000000);
    tick->config = (struct lq_session_config){7, 10, 1, 1, 200.0, 100.0, 0.5f, false};
    for (uint32_t body = 0; body < 4; body++) {
        ck_assert_uint_ne(lq_world_add_body(&tick->world, 1, 20.0 + body / 3.0, 30.0, 0.5f),
                          LQ_BODY_NONE);
        tick->world.vx[body] = 0.1f * (float)body;
        tick->world.vy[body] = -7.3f;
        tick->world.spin[body] = 1.7f - (float)body;
        tick->world.thrust_x[body] = body == 2 ? 0.0f : 0.3f;
    }
    tick->world.x[3] = LQ_POSITION_MAX - 1e-3; /* it meets the limit, and its speed another */
    tick->world.vx[3] = LQ_SPEED_MAX;
    tick->windows.count = LQ_CLIENTS_MAX;
    for (uint32_t index = 0; index < LQ_CLIENTS_MAX; index++) {
        tick->windows.entries[index] =
            (struct lq_client_window){player_at(index), 100, 5, index == 0 ? 8 : 7};
    }
    /* As a load of before left it: two windows of one player. */
    struct lq_client_window *last = &tick->windows.entries[LQ_CLIENTS_MAX - 2];
    last[0].client = last[1].client;
    last[0].client.bytes[LQ_CLIENT_ID_BYTES - 1]--;
    ck_assert(lq_client_windows_valid(&tick->windows));
}

/* What predictions say, written down once more. */
static void drift(struct lq_tick *tick)
{
    struct lq_world *world = &tick->world;
    double dt = lq_tick_step_seconds(tick);

    for (uint32_t body = 0; body < world->body_count; body++) {
        for (uint32_t step = 0; step < tick->steps; step++) {
            double vx = (double)world->vx[body] + (double)world->thrust_x[body] * dt;
            double x = world->x[body] + vx * dt;
            double turns = (double)world->spin[body] * dt;

            world->x[body] = x > LQ_POSITION_MAX ? LQ_POSITION_MAX : x;
            world->vx[body] = vx > LQ_SPEED_MAX ? (float)LQ_SPEED_MAX : (float)vx;
            world->y[body] += (double)world->vy[body] * dt;
            turns -= (double)(int64_t)turns;
            world->angle[body] =
                (int32_t)((uint32_t)world->angle[body] + (uint32_t)(int64_t)(turns * 4294967296.0));
        }
    }
}

/* A command that is recorded, and what load 2 makes of its number. */
static void command(struct lq_tick *tick, struct lq_client_id client, uint64_t sequence)
{
    uint64_t frame = 0;

    tick->commands[tick->command_count++] = (struct lq_command){.client = client,
                                                                .sequence = sequence,
                                                                .kind = LQ_COMMAND_APPLY_IMPULSE,
                                                                .outcome = LQ_OUTCOME_APPLIED,
                                                                .body_id = 1,
                                                                .vx = 0.25f};
    if (lq_client_windows_judge(&tick->windows, &client, sequence, &frame) == LQ_WINDOW_EXECUTE) {
        lq_client_windows_use(&tick->windows, &client, sequence, tick->frame);
    }
}

static void numbers_of_one(struct lq_tick *tick)
{
    struct lq_client_id client = player_at(9);

    command(tick, client, 164); /* as far as it goes */
    command(tick, client, 229); /* too far */
    command(tick, client, 100); /* the former highest */
    command(tick, client, 101);
    command(tick, client, 99); /* below the map */
    command(tick, client, 228);
    command(tick, client, 0);
}

static void strangers(struct lq_tick *tick)
{
    command(tick, lq_client_id_of(5, 400), 64);  /* the second of the lowest goes */
    command(tick, lq_client_id_of(6, 400), 65);  /* no window begins with that */
    command(tick, lq_client_id_of(7, 100), 1);   /* not above the lowest */
    command(tick, lq_client_id_of(8, 101), 2);   /* the third goes */
    command(tick, lq_client_id_of(15, 102), 63); /* and the first */
    command(tick, lq_client_id_of(16, 101), 1);  /* now that is the lowest: not above it */
}

static void incarnations(struct lq_tick *tick)
{
    struct lq_client_id odd = lq_client_id_of(5, 401);

    command(tick, lq_client_id_of(5, 399), 3); /* superseded */
    command(tick, odd, 64);                    /* takes over */
    odd.bytes[8] = 1; /* not of this form: counts as incarnation 0, so it is superseded too */
    command(tick, odd, 1);
}

static void change(struct lq_tick *tick, uint32_t frame)
{
    switch (frame) {
    case 1:
        strangers(tick);
        break;
    case 2:
        incarnations(tick);
        break;
    case 3:
        numbers_of_one(tick);
        break;
    case 4:
        tick->steps = 16;
        break;
    case 5:
        tick->steps = 17;
        break;
    case 6:
        tick->config.rate_numerator = 20; /* and the tick's steps are by it */
        tick->config.rate_denominator = 3;
        tick->steps = 2;
        break;
    case 7:
        tick->config.attended = true;
        tick->config.width = 300.5;
        break;
    case 8:
        tick->config.rate_numerator = 0;
        tick->config.attended = false;
        tick->steps = 3;
        break;
    case 9:
        command(tick, tick->windows.entries[LQ_CLIENTS_MAX - 1].client, 101);
        command(tick, tick->windows.entries[LQ_CLIENTS_MAX - 2].client, 60); /* superseded */
        break;
    case 10:
        tick->config.restitution = 0.25f;
        tick->missed_count += 1000;
        tick->pipeline_hash[31] = 9;
        break;
    default:
        break;
    }
}

void lq_edge_frames_next(const struct lq_tick *before, uint32_t frame, struct lq_tick *after)
{
    memcpy(after, before, sizeof *after);
    lq_tick_advance(after);
    after->steps = 1;
    after->wall_time_ns = before->wall_time_ns + UINT64_C(100000000) + frame;
    change(after, frame);
    drift(after);
    ck_assert(lq_client_windows_valid(&after->windows));
}

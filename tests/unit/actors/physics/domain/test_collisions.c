// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/physics_v2.h"

#include "actors/physics/domain/collisions.h"
#include "tests/support/suite.h"

#include <math.h>

static struct lq_tick tick;
static struct lq_tick other;

static void start(float restitution)
{
    lq_tick_clear(&tick);
    tick.steps = 1;
    tick.config = (struct lq_session_config){1, 10, 1, 1, 1000.0, 500.0, restitution, false};
}

static uint32_t put(double x, double y, float vx, float thrust_x)
{
    uint32_t body = lq_world_add_body(&tick.world, 0, x, y, 1.0f);

    tick.world.vx[body] = vx;
    tick.world.thrust_x[body] = thrust_x;
    return tick.world.body_id[body];
}

/* The next tick, which knows nothing of the one before but its world. */
static uint32_t step(void)
{
    tick.event_count = 0;
    lq_physics_v2_step(&tick);
    return tick.event_count;
}

START_TEST(test_both_bodies_place_and_impulse)
{
    start(0.5f);
    uint32_t a = put(10.0, 20.0, 4.0f, 0.0f);
    uint32_t b = put(12.5, 20.0, -2.0f, 0.0f);
    ck_assert_uint_eq(step(), 1); /* 10.4 and 12.3 */
    const struct lq_tick_event *event = &tick.events[0];
    ck_assert_str_eq(event->type, "Collision");
    ck_assert_uint_eq(event->body_id, a);
    ck_assert_uint_eq(event->other_id, b);
    ck_assert_double_eq_tol(event->x, 11.4, 1e-9);
    ck_assert_double_eq_tol(event->y, 20.0, 1e-9);
    ck_assert_float_eq_tol(event->impulse, 4.5f, 1e-6f); /* 1.5 times 6 m/s, times half of 1 */
    ck_assert(event->is_passing);
    ck_assert_uint_eq(step(), 0); /* they part */
}
END_TEST

/* Velocity when they meet, m/s each; whether it is told. */
static const struct {
    const char *name;
    float speed;
    uint32_t events;
} speeds[] = {
    {"as fast as is told of", 0.25f, 1},
    {"slower", 0.249f, 0},
    {"at rest", 0.0f, 0},
    {"parting", -1.0f, 0},
};

START_TEST(test_slow_ones_are_not_told)
{
    start(0.5f);
    (void)put(10.0, 20.0, speeds[_i].speed, 0.0f);
    (void)put(12.03, 20.0, -speeds[_i].speed, 0.0f);
    ck_assert_msg(step() == speeds[_i].events, "%s", speeds[_i].name);
}
END_TEST

/* Thrust that presses them together; how bouncy they are. */
static const struct {
    float thrust, restitution;
} presses[] = {{1.0f, 0.0f},  {1.0f, 0.9f},  {1.0f, 1.0f},
               {40.0f, 0.5f}, {40.0f, 1.0f}, {500.0f, 0.9f}};

START_TEST(test_what_stays_together_is_told_once)
{
    uint32_t told = 0;

    start(presses[_i].restitution);
    (void)put(10.0, 20.0, 0.0f, presses[_i].thrust);
    (void)put(12.0, 20.0, 0.0f, -presses[_i].thrust);
    for (int at = 0; at < 1000; at++) {
        told += step();
    }
    ck_assert_uint_eq(told, 0); /* they touched all the time */
}
END_TEST

/* Thrust at both ends of a row; it jitters, the more the harder it is pressed. */
static const struct {
    float thrust, restitution;
    uint32_t events_max; /* in 1000 ticks */
} pressed_rows[] = {{1.0f, 0.0f, 0},   {1.0f, 0.9f, 0},   {3.0f, 0.3f, 0},  {3.0f, 0.9f, 0},
                    {10.0f, 0.0f, 20}, {10.0f, 0.3f, 10}, {10.0f, 0.9f, 10}};

START_TEST(test_a_row_at_rest_is_silent)
{
    uint32_t told = 0;

    start(pressed_rows[_i].restitution);
    (void)put(10.0, 20.0, 0.0f, pressed_rows[_i].thrust);
    for (int at = 1; at < 12; at++) {
        (void)put(10.0 + 2.0 * at, 20.0, 0.0f, 0.0f);
    }
    (void)put(34.0, 20.0, 0.0f, -pressed_rows[_i].thrust);
    for (int at = 0; at < 1000; at++) {
        told += step();
    }
    ck_assert_uint_le(told, pressed_rows[_i].events_max);
}
END_TEST

/* A pair that comes from afar and then presses on: told when it meets. */
START_TEST(test_what_meets_and_stays_is_told_once)
{
    uint32_t told = 0;

    start(0.0f);
    (void)put(10.0, 20.0, 5.0f, 2.0f);
    (void)put(30.0, 20.0, -5.0f, -2.0f);
    for (int at = 0; at < 1000; at++) {
        told += step();
    }
    ck_assert_uint_eq(told, 1);
}
END_TEST

/* The step before may end where they touch and do not overlap yet: that is no reason to miss it. */
START_TEST(test_what_touches_already_is_told)
{
    start(1.0f);
    (void)put(10.0, 20.0, 5.0f, 0.0f);
    (void)put(14.0, 20.0, -5.0f, 0.0f);
    ck_assert_uint_eq(step(), 0); /* 10.5 and 13.5 */
    ck_assert_uint_eq(step(), 0); /* 11 and 13 */
    ck_assert_uint_eq(step(), 1);
    ck_assert_uint_eq(step(), 0);
}
END_TEST

/* Pairs side by side, as many as collide at once; how many are told, and how many counted. */
static const struct {
    uint32_t pairs, events, dropped;
} crowds[] = {
    {LQ_COLLISIONS_PER_TICK_MAX, LQ_COLLISIONS_PER_TICK_MAX, 0},
    {LQ_COLLISIONS_PER_TICK_MAX + 1, LQ_COLLISIONS_PER_TICK_MAX + 1, 1},
    {100, LQ_COLLISIONS_PER_TICK_MAX + 1, 100 - LQ_COLLISIONS_PER_TICK_MAX},
};

START_TEST(test_a_bound_and_what_is_beyond)
{
    start(0.5f);
    for (uint32_t pair = 0; pair < crowds[_i].pairs; pair++) {
        (void)put(5.0, 4.0 + 4.0 * pair, 5.0f, 0.0f);
        (void)put(7.1, 4.0 + 4.0 * pair, -5.0f, 0.0f);
    }
    ck_assert_uint_eq(step(), crowds[_i].events);
    const struct lq_tick_event *last = &tick.events[tick.event_count - 1];
    ck_assert_uint_eq(last->count, crowds[_i].dropped);
    ck_assert_str_eq(last->type, crowds[_i].dropped > 0 ? "CollisionsDropped" : "Collision");
    for (uint32_t index = 0; index < LQ_COLLISIONS_PER_TICK_MAX; index++) {
        ck_assert_uint_eq(tick.events[index].body_id, 2 * index + 1);
    }
}
END_TEST

START_TEST(test_players_come_first_and_the_bound_is_of_the_tick)
{
    struct lq_command *join = &tick.commands[0];

    start(1.0f);
    tick.steps = 200; /* each pair meets many times, between its walls */
    tick.config.width = 8.0;
    for (int pair = 0; pair < 10; pair++) {
        (void)put(2.0, 40.0 + 4.0 * pair, 9.0f, 0.0f);
        (void)put(6.0, 40.0 + 4.0 * pair, -9.0f, 0.0f);
    }
    *join = (struct lq_command){.client = {{7}},
                                .kind = LQ_COMMAND_JOIN,
                                .outcome = LQ_OUTCOME_PENDING,
                                .x = 4.0,
                                .y = 10.0,
                                .radius = 1.0f};
    tick.command_count = 1;
    ck_assert_uint_eq(step(), 1 + LQ_COLLISIONS_PER_TICK_MAX + 1);
    ck_assert_str_eq(tick.events[0].type, "PlayerJoined");
    ck_assert(!tick.events[0].is_passing);
    ck_assert_uint_gt(tick.events[tick.event_count - 1].count, 100);
}
END_TEST

/* The same world tells the same, whatever was told of it before. */
START_TEST(test_same_tick_same_events)
{
    uint32_t told = 0;

    start(0.5f);
    for (uint32_t body = 0; body < 400; body++) {
        (void)put(2.0 + fmod(body * 37.0, 900.0), 2.0 + fmod(body * 53.0, 400.0),
                  (float)(body % 7) * 20.0f - 60.0f, 0.0f);
    }
    for (int at = 0; at < 50; at++) {
        other = tick;
        other.event_count = 0;
        told += step();
        lq_physics_v2_step(&other);
        ck_assert_uint_eq(tick.event_count, other.event_count);
        for (uint32_t index = 0; index < tick.event_count; index++) {
            const struct lq_tick_event *event = &tick.events[index];
            ck_assert_str_eq(event->type, other.events[index].type);
            ck_assert_uint_eq(event->body_id, other.events[index].body_id);
            ck_assert_uint_eq(event->other_id, other.events[index].other_id);
            ck_assert(event->x == other.events[index].x);
            ck_assert(event->impulse == other.events[index].impulse);
        }
    }
    ck_assert_uint_gt(told, 5);
}
END_TEST

TCase *lq_test_collisions(void);
TCase *lq_test_collisions(void)
{
    TCase *tcase = tcase_create("collisions");

    tcase_add_test(tcase, test_both_bodies_place_and_impulse);
    tcase_add_loop_test(tcase, test_slow_ones_are_not_told, 0, sizeof speeds / sizeof speeds[0]);
    tcase_add_loop_test(tcase, test_what_stays_together_is_told_once, 0,
                        sizeof presses / sizeof presses[0]);
    tcase_add_loop_test(tcase, test_a_row_at_rest_is_silent, 0,
                        sizeof pressed_rows / sizeof pressed_rows[0]);
    tcase_add_test(tcase, test_what_meets_and_stays_is_told_once);
    tcase_add_test(tcase, test_what_touches_already_is_told);
    tcase_add_loop_test(tcase, test_a_bound_and_what_is_beyond, 0,
                        sizeof crowds / sizeof crowds[0]);
    tcase_add_test(tcase, test_players_come_first_and_the_bound_is_of_the_tick);
    tcase_add_test(tcase, test_same_tick_same_events);
    return tcase;
}

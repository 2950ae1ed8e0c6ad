// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* From mailboxes and grids to executions: steps, missed points, order, fairness. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_fixture.h"

#include <stdio.h>

static struct lq_core_fixture *fixture;

static void open_fixture(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    fixture = lq_core_fixture_open(&config);
    lq_core_fixture_ready_all(fixture);
}

static void close_fixture(void)
{
    lq_core_fixture_close(&fixture);
}

static void reopen(const struct lq_broker_core_config *config)
{
    lq_core_fixture_close(&fixture);
    fixture = lq_core_fixture_open(config);
    lq_core_fixture_ready_all(fixture);
}

/* The play actors answer at once; time passes in milliseconds and all actors are heard. */
static void run_ms(uint32_t ms)
{
    for (uint32_t step = 0; step < ms; step++) {
        for (uint32_t peer = 1; peer <= 4; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
        fixture->now_ns += LQ_NS_PER_MS;
        lq_core_fixture_settle(fixture);
    }
}

START_TEST(test_grid_command_tick_has_no_steps)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 1);
    ck_assert_uint_eq(fixture->publishes[0].steps, 0);
    ck_assert_uint_eq(fixture->publishes[0].due_ns, 0);
    ck_assert_uint_eq(fixture->publishes[0].command_count, 1);
}
END_TEST

START_TEST(test_grid_grid_ticks_come_at_their_rate)
{
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    run_ms(1000);
    ck_assert_uint_eq(fixture->publish_count, 10);
    for (uint32_t index = 0; index < 10; index++) {
        ck_assert_uint_eq(fixture->publishes[index].steps, 1);
        ck_assert_uint_eq(fixture->publishes[index].due_ns,
                          fixture->publishes[0].due_ns + index * 100 * LQ_NS_PER_MS);
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->missed_ticks, 0);
}
END_TEST

/* 3 ticks in 10 s: points lie at phase + k * 10/3 s, rounded down, without drift. */
START_TEST(test_grid_grid_of_a_rational_rate_does_not_drift)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    config.silence_ms = 100000;
    reopen(&config);
    lq_core_fixture_live(fixture, "t", "s", 3, 10);
    for (uint32_t step = 0; step < 300; step++) {
        fixture->now_ns += 100 * LQ_NS_PER_MS;
        lq_core_fixture_settle(fixture);
        for (uint32_t peer = 1; peer <= 4; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
    }
    ck_assert_uint_eq(fixture->publish_count, 9);
    ck_assert_uint_le(
        fixture->publishes[8].due_ns - fixture->publishes[0].due_ns - UINT64_C(26666666666), 1);
}
END_TEST

START_TEST(test_grid_flood_does_not_advance_the_world)
{
    uint64_t sequence = 0;

    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    for (uint32_t step = 0; step < 1000; step++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, ++sequence);
        run_ms(1);
    }
    ck_assert_uint_eq(fixture->ledger.sessions[0].applied, 1000);
    ck_assert_uint_eq(fixture->ledger.sessions[0].steps, 10);
    ck_assert_uint_ge(fixture->ledger.sessions[0].head, 1000);
}
END_TEST

START_TEST(test_grid_missed_points_are_counted_never_bunched)
{
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    run_ms(100);
    ck_assert_uint_eq(fixture->publish_count, 1);
    lq_core_fixture_turn(fixture);
    fixture->now_ns += 550 * LQ_NS_PER_MS; /* five points, the oldest fires */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 2);
    uint64_t missed = fixture->ledger.sessions[0].missed;
    ck_assert_uint_ge(missed, 4);
    ck_assert_uint_le(missed, 5);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->missed_ticks, missed);
    run_ms(100); /* back on the grid, one at a time, and not counted again */
    ck_assert_uint_eq(fixture->publish_count, 3);
    ck_assert_uint_eq(fixture->ledger.sessions[0].missed, missed);
}
END_TEST

/* While a tick is under way a due point waits; a second one makes the first lost. */
START_TEST(test_grid_slow_tick_loses_points)
{
    lq_core_fixture_live(fixture, "t", "s", 100, 1);
    fixture->now_ns = lq_broker_core_next_wakeup_ns(fixture->core);
    lq_core_fixture_turn(fixture);
    for (uint32_t point = 1; point <= 3; point++) {
        lq_core_fixture_pass_ms(fixture, 10);
    }
    ck_assert_uint_eq(fixture->dispatches, 1); /* never two executions of a session */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 2);
    ck_assert_uint_eq(fixture->ledger.sessions[0].steps, 2);
    ck_assert_uint_eq(fixture->ledger.sessions[0].missed, 2);
}
END_TEST

START_TEST(test_grid_stall_moves_leases_not_the_grid)
{
    struct lq_broker_event stall = {.kind = LQ_ON_STALL, .stall = {20 * LQ_NS_PER_S}};
    uint64_t due_ns;

    lq_core_fixture_live(fixture, "t", "s", 1, 1);
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_ptr_nonnull(lq_core_fixture_batch_at(fixture, LQ_LOAD));
    fixture->now_ns += 20 * LQ_NS_PER_S;
    lq_core_fixture_step(fixture, &stall);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->kills, 0); /* nobody was silent, no lease ran out */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 2);
    due_ns = fixture->publishes[1].due_ns;
    ck_assert_uint_eq((due_ns - fixture->publishes[0].due_ns) % LQ_NS_PER_S, 0);
    ck_assert_uint_ge(fixture->ledger.sessions[0].missed, 18);
}
END_TEST

/* The time that the broker stood still is nobody's: it does not use up the tick's own time. */
START_TEST(test_grid_stall_is_not_charged)
{
    struct lq_broker_event stall = {.kind = LQ_ON_STALL, .stall = {20 * LQ_NS_PER_S}};

    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    fixture->now_ns += 20 * LQ_NS_PER_S;
    lq_core_fixture_step(fixture, &stall);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Physics.Odd", 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(fixture->letter_count, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 1);
}
END_TEST

START_TEST(test_grid_same_rate_again_changes_nothing)
{
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    uint64_t wakeup_ns = lq_broker_core_next_wakeup_ns(fixture->core);
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    ck_assert_uint_eq(lq_broker_core_next_wakeup_ns(fixture->core), wakeup_ns);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_live, 1);
}
END_TEST

START_TEST(test_grid_session_off_the_grid_is_forgotten)
{
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    run_ms(250);
    lq_core_fixture_live(fixture, "t", "s", 0, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
    uint32_t published = fixture->publish_count;
    run_ms(250);
    ck_assert_uint_eq(fixture->publish_count, published);
}
END_TEST

/* Its tick is due but could not be opened yet when it goes off the grid. */
START_TEST(test_grid_due_session_off_the_grid_is_forgotten)
{
    lq_core_fixture_pause(fixture, 4, "disk full");
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    lq_core_fixture_pass_ms(fixture, 150);
    lq_core_fixture_live(fixture, "t", "s", 0, 1);
    lq_core_fixture_pause(fixture, 4, NULL);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_grid_unknown_live_session_goes_off_the_grid)
{
    lq_core_fixture_live(fixture, "t", "gone", 10, 1);
    lq_core_fixture_pass_ms(fixture, 110);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_ENDED, "Session.Unknown", 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(fixture->not_live, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_live, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_grid_batch_is_bounded_and_in_order)
{
    for (uint64_t sequence = 1; sequence <= 150; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", (uint32_t)(sequence % 3), sequence);
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 3);
    ck_assert_uint_eq(fixture->publishes[0].command_count, 64);
    ck_assert_uint_eq(fixture->publishes[2].command_count, 22);
    for (uint32_t index = 0; index < 150; index++) {
        ck_assert_uint_eq(fixture->ledger.entries[index].sequence, index + 1);
    }
}
END_TEST

START_TEST(test_grid_executions_of_a_tenant_are_bounded)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    char name[16];

    config.tenant_executions_max = 2;
    reopen(&config);
    for (uint32_t session = 0; session < 5; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
    lq_core_fixture_submit(fixture, "u", "s", 1, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 3);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 6);
}
END_TEST

/* One tenant has a thousand sessions with work, the other has one; four executions fit at a time.
 */
START_TEST(test_grid_tenants_take_turns)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    char name[16];

    config.sessions_max = 1100;
    config.commands_max = 2200;
    config.tenant_commands_max = 2200;
    config.executions_max = 4;
    reopen(&config);
    fixture->unchecked = true;
    for (uint32_t session = 0; session < 1000; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "crowd", name, 1, 1);
    }
    fixture->unchecked = false;
    lq_core_fixture_turn(fixture);
    lq_core_fixture_serve(fixture, LQ_LOAD);
    /* The broker is full now, so the other one's command is refused or waits; let two end first. */
    while (lq_core_fixture_status(fixture)->executions_open == 4) {
        for (uint32_t state = LQ_PHYSICS; state <= LQ_PERSIST; state++) {
            lq_broker_core_next_wakeup_ns(fixture->core);
            lq_core_fixture_serve(fixture, state);
            struct lq_broker_event turn = {.kind = LQ_ON_TURN};
            if (lq_core_fixture_status(fixture)->executions_open == 4) {
                lq_core_fixture_step(fixture, &turn);
            }
        }
    }
    uint64_t tag = lq_core_fixture_submit(fixture, "single", "s", 1, 1);
    uint32_t before = fixture->publish_count;
    while (lq_core_fixture_answer(fixture, tag) == NULL) {
        lq_core_fixture_turn(fixture);
        for (uint32_t state = 0; state < 4; state++) {
            lq_core_fixture_serve(fixture, state);
        }
    }
    ck_assert_uint_le(fixture->publish_count - before, 8); /* two rounds of four, not a thousand */
}
END_TEST

START_TEST(test_grid_persist_pause_skips_grid_points)
{
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    run_ms(100);
    lq_core_fixture_pause(fixture, 4, "map full");
    run_ms(500);
    ck_assert_uint_eq(fixture->publish_count, 1);
    lq_core_fixture_pause(fixture, 4, NULL);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 2);
    ck_assert_uint_eq(fixture->ledger.sessions[0].missed, 4);
}
END_TEST

TCase *lq_test_grid(void);
TCase *lq_test_grid(void)
{
    TCase *tc = tcase_create("grid");

    tcase_add_checked_fixture(tc, open_fixture, close_fixture);
    tcase_add_test(tc, test_grid_command_tick_has_no_steps);
    tcase_add_test(tc, test_grid_grid_ticks_come_at_their_rate);
    tcase_add_test(tc, test_grid_grid_of_a_rational_rate_does_not_drift);
    tcase_add_test(tc, test_grid_flood_does_not_advance_the_world);
    tcase_add_test(tc, test_grid_missed_points_are_counted_never_bunched);
    tcase_add_test(tc, test_grid_slow_tick_loses_points);
    tcase_add_test(tc, test_grid_stall_moves_leases_not_the_grid);
    tcase_add_test(tc, test_grid_stall_is_not_charged);
    tcase_add_test(tc, test_grid_same_rate_again_changes_nothing);
    tcase_add_test(tc, test_grid_session_off_the_grid_is_forgotten);
    tcase_add_test(tc, test_grid_due_session_off_the_grid_is_forgotten);
    tcase_add_test(tc, test_grid_unknown_live_session_goes_off_the_grid);
    tcase_add_test(tc, test_grid_batch_is_bounded_and_in_order);
    tcase_add_test(tc, test_grid_executions_of_a_tenant_are_bounded);
    tcase_add_test(tc, test_grid_tenants_take_turns);
    tcase_add_test(tc, test_grid_persist_pause_skips_grid_points);
    return tc;
}

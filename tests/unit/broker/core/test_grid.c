// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Grids: steps, missed points, what goes off them. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

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

START_TEST(test_grid_ticks_come_at_their_rate)
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
START_TEST(test_grid_of_a_rational_rate_does_not_drift)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    config.silence_ms = 100000;
    lq_core_case_reopen(&config);
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

static void live_attended(void)
{
    const struct lq_broker_event event = {.kind = LQ_ON_LIVE,
                                          .names = lq_session_names_of("t", "s"),
                                          .live = {.rate = {10, 1}, .attended = true}};

    lq_core_fixture_step(fixture, &event);
}

static void attend_for(uint32_t ms, bool ends)
{
    const struct lq_broker_event event = {.kind = LQ_ON_ATTENDED,
                                          .names = lq_session_names_of("t", "s"),
                                          .attended = {fixture->now_ns + ms * LQ_NS_PER_MS, ends}};

    lq_core_fixture_step(fixture, &event);
}

/* Without anybody it rests, with somebody it ticks, and what passes at rest counts as nothing. */
START_TEST(test_grid_attended_rests)
{
    live_attended();
    run_ms(1000);
    ck_assert_uint_eq(fixture->publish_count, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resting, 1);
    attend_for(1000, false);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resting, 0);
    run_ms(2000);
    ck_assert_uint_eq(fixture->publish_count, 10);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resting, 1);
    attend_for(5000, false);
    run_ms(1000);
    ck_assert_uint_eq(fixture->publish_count, 20);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->missed_ticks, 0);
}
END_TEST

/* Who comes does not shorten what is there, who goes does not lengthen it; none begins by going. */
START_TEST(test_grid_attendance_ends)
{
    live_attended();
    run_ms(200);
    attend_for(1000, true);
    run_ms(500);
    ck_assert_uint_eq(fixture->publish_count, 0);
    attend_for(3000, false);
    attend_for(100, false);
    run_ms(1000);
    ck_assert_uint_eq(fixture->publish_count, 10);
    attend_for(9000, true);
    attend_for(500, true);
    run_ms(2000);
    ck_assert_uint_eq(fixture->publish_count, 15);
}
END_TEST

/* At rest a command still opens a tick, of no steps. */
START_TEST(test_grid_command_at_rest)
{
    live_attended();
    run_ms(500);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    run_ms(500);
    ck_assert_uint_eq(fixture->publish_count, 1);
    ck_assert_uint_eq(fixture->publishes[0].steps, 0);
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

static const char *const final_errors[] = {"Session.Unknown", "Tenant.Shredded"};

START_TEST(test_grid_unknown_live_session_goes_off_the_grid)
{
    lq_core_fixture_live(fixture, "t", "gone", 10, 1);
    lq_core_fixture_pass_ms(fixture, 110);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_ENDED, final_errors[_i], 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(fixture->not_live, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_live, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
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

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_grid_command_tick_has_no_steps);
    tcase_add_test(tc, test_grid_ticks_come_at_their_rate);
    tcase_add_test(tc, test_grid_of_a_rational_rate_does_not_drift);
    tcase_add_test(tc, test_grid_flood_does_not_advance_the_world);
    tcase_add_test(tc, test_grid_missed_points_are_counted_never_bunched);
    tcase_add_test(tc, test_grid_slow_tick_loses_points);
    tcase_add_test(tc, test_grid_attended_rests);
    tcase_add_test(tc, test_grid_attendance_ends);
    tcase_add_test(tc, test_grid_command_at_rest);
    tcase_add_test(tc, test_grid_same_rate_again_changes_nothing);
    tcase_add_test(tc, test_grid_session_off_the_grid_is_forgotten);
    tcase_add_test(tc, test_grid_due_session_off_the_grid_is_forgotten);
    tcase_add_loop_test(tc, test_grid_unknown_live_session_goes_off_the_grid, 0, 2);
    tcase_add_test(tc, test_grid_persist_pause_skips_grid_points);
    return tc;
}

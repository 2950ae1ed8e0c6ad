// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What an operator decides about a session: that it stops, goes on, has another rate. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

static const struct lq_session_life runs = {.rate = {0, 1}};
static const struct lq_session_life stopped = {.stopped = true, .rate = {0, 1}};
static const struct lq_session_life live = {.rate = {10, 1}};
static const struct lq_session_life live_stopped = {.stopped = true, .rate = {10, 1}};

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

static void tell(const char *session, const struct lq_session_life *life)
{
    lq_core_fixture_life(fixture, session, life);
}

static void change_rate(const char *session, uint32_t numerator, bool is_stopped)
{
    const struct lq_session_life life = {
        .stopped = is_stopped, .changes = true, .next = {numerator, 1}};

    tell(session, &life);
}

static void assert_unused(uint64_t tag, const char *reason)
{
    const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tag);

    ck_assert_ptr_nonnull(answer);
    ck_assert_uint_eq(answer->outcome, LQ_OUTCOME_UNUSED);
    ck_assert_msg(strncmp(answer->reason, reason, strlen(reason)) == 0, "%s", answer->reason);
}

static struct lq_status *status(void)
{
    return lq_core_fixture_status(fixture);
}

START_TEST(test_stopped_session_is_off_its_grid)
{
    tell("s", &live);
    run_ms(500);
    uint32_t before = fixture->publish_count;
    ck_assert_uint_ge(before, 4);
    tell("s", &live_stopped);
    tell("s", &live_stopped); /* again */
    run_ms(1000);
    ck_assert_uint_eq(fixture->publish_count, before);
    ck_assert_uint_eq(status()->missed_ticks, 0);
    ck_assert_uint_eq(status()->sessions_stopped, 1);
    ck_assert_uint_eq(status()->sessions_live, 1);
    ck_assert_uint_eq(lq_broker_core_next_wakeup_ns(fixture->core) > fixture->now_ns, true);
    tell("s", &live);
    ck_assert_uint_eq(status()->sessions_stopped, 0);
    run_ms(1000);
    ck_assert_uint_eq(fixture->publish_count, before + 10); /* none for the time between */
    ck_assert_uint_eq(status()->missed_ticks, 0);
}
END_TEST

START_TEST(test_stopped_session_looks_its_commands_up)
{
    uint64_t applied = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, applied)->outcome, LQ_OUTCOME_APPLIED);
    tell("s", &stopped);
    uint64_t copy = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    uint64_t fresh = lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, copy)->outcome, LQ_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, copy)->frame, 1);
    assert_unused(fresh, "SESSION_STOPPED:");
    ck_assert_uint_eq(fixture->publish_count, 1);
    tell("s", &runs);
    ck_assert_uint_eq(status()->sessions_resident, 0);
    fresh = lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, fresh)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

/* At whatever stage it is. What waits behind it is looked up. */
START_TEST(test_stopped_session_ends_the_tick_under_way)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    lq_core_fixture_bring_to(fixture, (uint32_t)_i);
    uint64_t behind = lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    tell("s", &stopped);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    assert_unused(behind, "SESSION_STOPPED:");
    ck_assert_uint_eq(fixture->publish_count, 1);
}
END_TEST

/* A grid tick that comes back is not due any more. */
START_TEST(test_stopped_session_drops_a_tick_that_comes_back)
{
    tell("s", &live);
    fixture->now_ns = lq_broker_core_next_wakeup_ns(fixture->core);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    tell("s", &live_stopped);
    fixture->ledger.sessions[0].head++; /* another frame was made */
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 0);
    ck_assert_uint_eq(status()->executions_open, 0);
}
END_TEST

/* Started while load looks, and stopped again behind it: by then it is a tick like any other. */
START_TEST(test_stopped_session_started_during_a_look_up)
{
    tell("s", &stopped);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_bring_to(fixture, LQ_LOAD);
    tell("s", &runs);
    lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    tell("s", &stopped);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

/* It is nobody's letter, and what comes behind is looked up all the same. */
START_TEST(test_stopped_session_that_load_cannot_read)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    tell("s", &stopped);
    uint64_t first = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    uint64_t second = lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Store.Corrupt", 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_settle(fixture);
    assert_unused(first, "UNDECIDED: the session is stopped");
    assert_unused(second, "SESSION_STOPPED:");
    ck_assert_uint_eq(fixture->letter_count, 0);
    ck_assert_uint_eq(status()->sessions_parked, 0);
}
END_TEST

/* Parked stays parked: who starts it has not mended it, who resumes it has not started it. */
START_TEST(test_stopped_session_that_is_parked)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_case_park("s", 1);
    tell("s", &stopped);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 2, 1);
    lq_core_fixture_settle(fixture);
    assert_unused(tag, "SESSION_PARKED:");
    lq_core_fixture_resume(fixture, "t", "s", "");
    tag = lq_core_fixture_submit(fixture, "t", "s", 2, 1);
    lq_core_fixture_settle(fixture);
    assert_unused(tag, "SESSION_STOPPED:");
    tell("s", &runs);
    tag = lq_core_fixture_submit(fixture, "t", "s", 2, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_stopped_session_redrives_no_letter)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_case_die_once("s", 1, 1);
    tell("s", &stopped);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 0);
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(!fixture->changes[0].done); /* open again */
}
END_TEST

START_TEST(test_stopped_session_that_is_unknown_is_forgotten)
{
    tell("s", &live_stopped);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_ENDED, "Session.Unknown", 0);
    lq_core_fixture_end_batch(fixture, batch);
    assert_unused(tag, "Session.Unknown");
    ck_assert_uint_eq(fixture->not_live, 1);
    ck_assert_uint_eq(status()->sessions_resident, 0);
    ck_assert_uint_eq(status()->sessions_live + status()->sessions_stopped, 0);
}
END_TEST

/* Above its quota a tenant gets no more rates; its sessions can be stopped all the same. */
START_TEST(test_stop_is_not_above_a_quota)
{
    const struct lq_session_names names = lq_session_names_of("t", "more");

    tell("s", &live);
    ck_assert_ptr_null(lq_broker_core_why_not_kept(fixture->core, names, true));
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_SESSIONS_LIVE, 1);
    ck_assert_str_eq(lq_broker_core_why_not_kept(fixture->core, names, true),
                     "TENANT_QUOTA: sessions-live");
    ck_assert_ptr_null(lq_broker_core_why_not_kept(fixture->core, names, false));
    ck_assert_ptr_null(lq_broker_core_why_not_kept(fixture->core, lq_session_names_of("t", "s"),
                                                   true)); /* it is resident */
}
END_TEST

/* ---- the end ---- */

static void ask_to_delete(const char *session)
{
    struct lq_broker_event event = {.kind = LQ_ON_ADMIN,
                                    .peer = 1000,
                                    .tag = 7,
                                    .names = lq_session_names_of("t", session),
                                    .payload = lq_core_fixture_payload(fixture, 100),
                                    .admin = {.kind = LQ_EXECUTION_DELETE_SESSION}};

    lq_core_fixture_step(fixture, &event);
    lq_core_fixture_settle(fixture);
}

START_TEST(test_only_a_stopped_session_is_deleted)
{
    ask_to_delete("s"); /* not resident: it runs, as far as anybody knows */
    tell("s", &live);
    ask_to_delete("s");
    ck_assert_uint_eq(fixture->admin_failed, 2);
    ck_assert_str_eq(fixture->admin_reason, "session: it is not stopped (lqctl session stop)");
    tell("s", &live_stopped);
    ask_to_delete("s");
    ck_assert_uint_eq(fixture->admin_done, 1);
}
END_TEST

/* Nothing of it is kept, whatever it was. What waits hears from load that it is gone. */
START_TEST(test_deleted_session_is_let_go)
{
    const struct lq_broker_event deleted = {.kind = LQ_ON_DELETED,
                                            .names = lq_session_names_of("t", "s")};
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_fixture_step(fixture, &deleted); /* of one that is not resident: nothing */
    lq_core_case_park("s", 1);
    tell("s", &live_stopped);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 2, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_step(fixture, &deleted);
    ck_assert_uint_eq(fixture->not_live, 1);
    ck_assert_uint_eq(fixture->unparked, 1);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_ENDED, "Session.Deleted", 0);
    lq_core_fixture_end_batch(fixture, batch);
    assert_unused(tag, "Session.Deleted");
    ck_assert_uint_eq(status()->sessions_resident, 0);
    ck_assert_uint_eq(status()->sessions_live + status()->sessions_stopped, 0);
}
END_TEST

/* ---- rates ---- */

static void assert_rate(uint32_t numerator)
{
    struct lq_session_life life;

    lq_broker_core_life(fixture->core, lq_session_names_of("t", "s"), &life);
    ck_assert_uint_eq(life.rate.numerator, numerator);
}

START_TEST(test_rate_has_a_frame_of_its_own)
{
    tell("s", &live);
    run_ms(150);
    uint32_t before = fixture->publish_count;
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    change_rate("s", 100, false);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    ck_assert_uint_eq(batch->items[0].rate.numerator, 100);
    ck_assert_uint_eq(batch->items[0].command_count, 0);
    ck_assert_uint_eq(batch->items[0].steps, 0);
    assert_rate(10);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, before + 2);
    ck_assert_uint_eq(fixture->publishes[before].steps, 0);
    ck_assert_uint_eq(fixture->publishes[before].command_count, 0);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->frame,
                      fixture->publishes[before].frame + 1);
    ck_assert_uint_eq(fixture->rate_count, 1);
    ck_assert_uint_eq(fixture->rate.numerator, 100);
    assert_rate(100);
    run_ms(1000);
    ck_assert_uint_ge(fixture->publish_count, before + 100);
    ck_assert_uint_eq(fixture->rate_count, 1); /* once */
}
END_TEST

START_TEST(test_rate_of_none)
{
    change_rate("s", 10, false);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(status()->sessions_live, 1);
    change_rate("s", 0, false);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 2);
    ck_assert_uint_eq(fixture->ledger.sessions[0].rate.numerator, 0);
    ck_assert_uint_eq(status()->sessions_live, 0);
    ck_assert_uint_eq(status()->sessions_resident, 0);
}
END_TEST

/* A broker died before it heard of the frame: the next one asks again, and no frame is made. */
START_TEST(test_rate_that_the_record_has)
{
    change_rate("s", 10, false);
    lq_core_fixture_settle(fixture);
    uint32_t before = fixture->publish_count;
    change_rate("s", 10, false);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, before);
    ck_assert_uint_eq(fixture->rate_count, 2);
    assert_rate(10);
}
END_TEST

/* Asked for anew while the tick is under way: both are given, in their order. */
START_TEST(test_rate_changes_while_it_changes)
{
    change_rate("s", 10, false);
    lq_core_fixture_bring_to(fixture, (uint32_t)_i);
    change_rate("s", 20, false);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->rate_count, 2);
    ck_assert_uint_eq(fixture->publish_count, 2);
    ck_assert_uint_eq(fixture->ledger.sessions[0].rate.numerator, 20);
    assert_rate(20);
}
END_TEST

START_TEST(test_rate_of_a_stopped_session_waits)
{
    change_rate("s", 10, true);
    run_ms(200);
    ck_assert_uint_eq(fixture->publish_count, 0);
    change_rate("s", 10, false);
    run_ms(1000);
    ck_assert_uint_eq(fixture->rate_count, 1);
    ck_assert_uint_eq(fixture->publish_count, 11);
}
END_TEST

/* Another writer's frame came between: the tick goes again, with its rate. */
START_TEST(test_rate_survives_a_conflict)
{
    change_rate("s", 10, false);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    fixture->ledger.sessions[0].head++;
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(fixture->rate_count, 0);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->rate_count, 1);
    ck_assert_uint_eq(fixture->ledger.sessions[0].rate.numerator, 10);
}
END_TEST

TCase *lq_test_session_standing(void);
TCase *lq_test_session_standing(void)
{
    TCase *tcase = tcase_create("session_standing");

    tcase_add_checked_fixture(tcase, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tcase, test_stopped_session_is_off_its_grid);
    tcase_add_test(tcase, test_stopped_session_looks_its_commands_up);
    tcase_add_loop_test(tcase, test_stopped_session_ends_the_tick_under_way, LQ_LOAD,
                        LQ_PERSIST + 1);
    tcase_add_test(tcase, test_stopped_session_drops_a_tick_that_comes_back);
    tcase_add_test(tcase, test_stopped_session_started_during_a_look_up);
    tcase_add_test(tcase, test_stopped_session_that_load_cannot_read);
    tcase_add_test(tcase, test_stopped_session_that_is_parked);
    tcase_add_test(tcase, test_stopped_session_redrives_no_letter);
    tcase_add_test(tcase, test_stopped_session_that_is_unknown_is_forgotten);
    tcase_add_test(tcase, test_stop_is_not_above_a_quota);
    tcase_add_test(tcase, test_only_a_stopped_session_is_deleted);
    tcase_add_test(tcase, test_deleted_session_is_let_go);
    tcase_add_test(tcase, test_rate_has_a_frame_of_its_own);
    tcase_add_test(tcase, test_rate_of_none);
    tcase_add_test(tcase, test_rate_that_the_record_has);
    tcase_add_loop_test(tcase, test_rate_changes_while_it_changes, LQ_LOAD, LQ_PERSIST + 1);
    tcase_add_test(tcase, test_rate_of_a_stopped_session_waits);
    tcase_add_test(tcase, test_rate_survives_a_conflict);
    return tcase;
}

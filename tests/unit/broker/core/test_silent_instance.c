// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Local processes that should say READY and do not: SILENT, and what ends that. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

#define PID 777u

static void open_fixture(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    fixture = lq_core_fixture_open(&config);
}

static uint64_t ago_ms(uint64_t ms)
{
    return fixture->now_ns - ms * LQ_NS_PER_MS;
}

static void find(const char *instance, const char *stage, uint32_t pid, bool local,
                 uint64_t sign_ns)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_INSTANCE,
        .instance = {lq_view_text(instance), lq_view_text(stage), pid, local, sign_ns}};

    lq_core_fixture_step(fixture, &event);
}

static void find_persist(uint64_t sign_ns)
{
    find("persist-1", "persist", PID, true, sign_ns);
}

/* Of persist-1; 0: it is not known. */
static uint8_t state_of_persist(void)
{
    const struct lq_status *status = lq_core_fixture_status(fixture);

    for (uint32_t index = 0; index < status->actor_count; index++) {
        if (lq_view_equal(status->actors[index].instance, lq_view_text("persist-1"))) {
            return status->actors[index].state;
        }
    }
    return 0;
}

/* Looked at each 500 ms, as the shell does. */
static void stand_still_ms(uint64_t sign_ns, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 500) {
        lq_core_fixture_pass_ms(fixture, 500);
        find_persist(sign_ns);
    }
}

START_TEST(test_silent_instance_frozen_writer_is_killed)
{
    uint64_t sign_ns = fixture->now_ns;
    const struct lq_status *status;

    find_persist(sign_ns);
    ck_assert_uint_eq(state_of_persist(), 0); /* it gave a sign of life just now */
    stand_still_ms(sign_ns, 1500);
    ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_SILENT);
    status = lq_core_fixture_status(fixture);
    ck_assert_uint_eq(status->actors[0].pid, PID);
    ck_assert(!status->actors[0].remote);
    ck_assert(lq_view_equal(status->actors[0].stage, lq_view_text("persist")));
    ck_assert_uint_eq(fixture->kills, 0);
    stand_still_ms(sign_ns, 1000);
    lq_core_fixture_pass_ms(fixture, 499);
    ck_assert_uint_eq(fixture->kills, 0);
    lq_core_fixture_pass_ms(fixture, 1);
    ck_assert_uint_eq(fixture->kills, 1);
    ck_assert_uint_eq(fixture->killed_pid, PID);
    ck_assert_str_eq(fixture->lost, "persist-1: it was silent too long; 0 items");
}
END_TEST

/* The silence under an earlier broker counts, but this one has to have seen some of it: a whole
 * machine that stood still and goes on is no reason to kill. */
START_TEST(test_silent_instance_silence_under_an_earlier_broker_counts)
{
    uint64_t sign_ns = ago_ms(60000);

    find_persist(sign_ns);
    ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_SILENT);
    lq_core_fixture_pass_ms(fixture, 500);
    find_persist(sign_ns);
    lq_core_fixture_pass_ms(fixture, 499);
    ck_assert_uint_eq(fixture->kills, 0);
    lq_core_fixture_pass_ms(fixture, 1);
    ck_assert_uint_eq(fixture->kills, 1);
}
END_TEST

/* Thawed: it moves, so it will speak. The second row: by a clock that is behind ours. */
static const uint64_t moves_ms[] = {0, 59000};

START_TEST(test_silent_instance_sign_of_life_saves)
{
    for (uint32_t look = 0; look < 20; look++) {
        find_persist(ago_ms(moves_ms[_i]) + look); /* never twice the same */
        lq_core_fixture_pass_ms(fixture, 500);
    }
    ck_assert_uint_eq(fixture->kills, 0);
    if (moves_ms[_i] == 0) {
        find_persist(ago_ms(2000));
        ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_SILENT);
        find_persist(fixture->now_ns);
        ck_assert_uint_eq(state_of_persist(), 0);
    }
}
END_TEST

START_TEST(test_silent_instance_ready_ends_it)
{
    uint64_t sign_ns = ago_ms(10000);

    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    find_persist(sign_ns);
    lq_core_fixture_ready_all(fixture);
    ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_READY);
    ck_assert_str_eq(fixture->lost, ""); /* nothing was lost: it is the same one, or its next */
    find_persist(sign_ns);
    ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_READY);
    lq_core_fixture_pass_ms(fixture, 2000);
    ck_assert_uint_eq(fixture->kills, 0);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
}
END_TEST

START_TEST(test_silent_instance_remote_is_only_given_up)
{
    find("persist-1", "persist", 0, false, ago_ms(10000));
    ck_assert(lq_core_fixture_status(fixture)->actors[0].remote);
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_uint_eq(fixture->kills, 0);
    ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_LOST);
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_uint_eq(state_of_persist(), 0);
}
END_TEST

/* Its end is heard of by pid; then its successor is awaited as that of any other. */
START_TEST(test_silent_instance_death_ends_it)
{
    struct lq_broker_event died = {.kind = LQ_ON_PROCESS_DIED, .process = {PID}};

    find_persist(ago_ms(10000));
    lq_core_fixture_step(fixture, &died);
    ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_LOST);
    ck_assert_str_eq(fixture->lost, "persist-1: its process ended; 0 items");
    find("persist-1", "persist", PID + 1, true, ago_ms(5000));
    ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_LOST);
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_uint_eq(state_of_persist(), 0);
    lq_core_fixture_pass_ms(fixture, 5000);
    ck_assert_uint_eq(fixture->kills, 0);
}
END_TEST

/* A kill takes no effect at once on what the kernel holds: it is tried again. */
START_TEST(test_silent_instance_kill_is_repeated)
{
    stand_still_ms(ago_ms(10000), 10000);
    ck_assert_uint_ge(fixture->kills, 3);
    ck_assert_uint_le(fixture->kills, 6);
}
END_TEST

/* Another process of the instance came in between: its own time counts. */
START_TEST(test_silent_instance_another_process_begins_anew)
{
    find_persist(ago_ms(10000));
    lq_core_fixture_pass_ms(fixture, 500);
    find("persist-1", "persist", PID + 1, true, fixture->now_ns);
    ck_assert_uint_eq(state_of_persist(), 0);
    lq_core_fixture_pass_ms(fixture, 600);
    ck_assert_uint_eq(fixture->kills, 0);
}
END_TEST

START_TEST(test_silent_instance_stall_of_the_broker_is_nobodys_silence)
{
    struct lq_broker_event stalled = {.kind = LQ_ON_STALL, .stall = {5 * LQ_NS_PER_S}};

    find_persist(ago_ms(10000));
    fixture->now_ns += 5 * LQ_NS_PER_S;
    lq_core_fixture_step(fixture, &stalled);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->kills, 0);
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_uint_eq(fixture->kills, 1);
}
END_TEST

/* What is no sign, and what nobody waits for. */
START_TEST(test_silent_instance_nothing_of)
{
    find_persist(0);                        /* it gives no signs */
    find_persist(fixture->now_ns + 1);      /* of a clock before ours */
    find("score-1", "score", PID, true, 1); /* no state names it */
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->actor_count, 0);
    lq_core_fixture_ready(fixture, 4, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_pause(fixture, 4, "disk full");
    find_persist(1);
    ck_assert_uint_eq(state_of_persist(), LQ_ACTOR_PAUSED);
}
END_TEST

START_TEST(test_silent_instance_more_than_fit)
{
    char name[32];

    for (uint32_t index = 0; index < LQ_ACTORS_MAX + 10; index++) {
        snprintf(name, sizeof name, "physics-%u", index);
        find(name, "physics", PID + index, true, 1);
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->actor_count, LQ_ACTORS_MAX);
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_uint_eq(fixture->kills, LQ_ACTORS_MAX);
}
END_TEST

TCase *lq_test_silent_instance(void);
TCase *lq_test_silent_instance(void)
{
    TCase *tc = tcase_create("silent_instance");

    tcase_add_checked_fixture(tc, open_fixture, lq_core_case_close);
    tcase_add_test(tc, test_silent_instance_frozen_writer_is_killed);
    tcase_add_test(tc, test_silent_instance_silence_under_an_earlier_broker_counts);
    tcase_add_loop_test(tc, test_silent_instance_sign_of_life_saves, 0,
                        (int)(sizeof moves_ms / sizeof moves_ms[0]));
    tcase_add_test(tc, test_silent_instance_ready_ends_it);
    tcase_add_test(tc, test_silent_instance_remote_is_only_given_up);
    tcase_add_test(tc, test_silent_instance_death_ends_it);
    tcase_add_test(tc, test_silent_instance_kill_is_repeated);
    tcase_add_test(tc, test_silent_instance_another_process_begins_anew);
    tcase_add_test(tc, test_silent_instance_stall_of_the_broker_is_nobodys_silence);
    tcase_add_test(tc, test_silent_instance_nothing_of);
    tcase_add_test(tc, test_silent_instance_more_than_fit);
    return tc;
}

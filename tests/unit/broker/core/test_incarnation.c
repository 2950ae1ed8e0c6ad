// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Actors fall silent, die, retire, and come again. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

START_TEST(test_incarnation_silence_kills_a_local_actor)
{
    lq_core_case_submit_sessions(2);
    lq_core_fixture_bring_to(fixture, LQ_AI);
    for (uint32_t step = 0; step < 29; step++) {
        lq_core_fixture_pass_ms(fixture, 100);
        for (uint32_t peer = 1; peer <= 4; peer++) {
            if (peer != 3) {
                lq_core_fixture_heard(fixture, peer);
            }
        }
    }
    ck_assert_uint_eq(fixture->kills, 0);
    lq_core_fixture_pass_ms(fixture, 100);
    ck_assert_uint_eq(fixture->kills, 1);
    ck_assert_uint_eq(fixture->killed_pid, 103);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 3));
    lq_core_fixture_die(fixture, 3); /* the pidfd speaks later: nothing more happens */
    lq_core_fixture_ready(fixture, 13, "ai-1", LQ_AI, 0);
    lq_core_case_expect_all_committed(2);
    ck_assert_uint_eq(fixture->kills, 1);
}
END_TEST

START_TEST(test_incarnation_silence_of_a_remote_actor_only_loses_it)
{
    struct lq_ready ready = {.epoch = 7,
                             .stage = "ai",
                             .version = 1,
                             .instance = "ai-1",
                             .pid = 900,
                             .credit = 2,
                             .items_max = 16,
                             .bytes_max = 1 << 20};
    struct lq_broker_event event = {.kind = LQ_ON_READY, .peer = 13, .ready = {&ready, false}};
    uint32_t pid;

    lq_core_fixture_step(fixture, &event);
    ck_assert_uint_eq(lq_broker_core_actor_peer(fixture->core, 3, &pid), 13);
    ck_assert_uint_eq(pid, 0);
    for (uint32_t step = 0; step < 30; step++) {
        lq_core_fixture_pass_ms(fixture, 100);
        for (uint32_t peer = 1; peer <= 4; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
    }
    ck_assert_uint_eq(fixture->kills, 0);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 13));
}
END_TEST

/* The log tells who died, of what, and what it held. */
START_TEST(test_incarnation_tells_who_is_lost)
{
    lq_core_case_submit_sessions(3);
    lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_die(fixture, 2);
    ck_assert_str_eq(fixture->lost, "physics-1: its process ended; 3 items");
    lq_core_fixture_ready(fixture, 14, "ai-1", LQ_AI, 0);
    ck_assert_str_eq(fixture->lost, "ai-1: its next incarnation is ready; 0 items");
    lq_core_fixture_ready(fixture, 14, "ai-2", LQ_AI, 0);
    ck_assert_str_eq(fixture->lost, "ai-1: its connection says it is another instance; 0 items");
    fixture->lost[0] = '\0';
    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, 14);
    ck_assert_str_eq(fixture->lost, ""); /* it went as it was asked to */
}
END_TEST

/* A process dies with all that is in it; a pid that is only said is nobody's. */
START_TEST(test_incarnation_death_of_a_process_of_two_actors)
{
    struct lq_ready ready = {.epoch = 7,
                             .stage = "ai",
                             .version = 1,
                             .pid = 102,
                             .credit = 2,
                             .items_max = 16,
                             .bytes_max = 1 << 20};
    struct lq_broker_event event = {.kind = LQ_ON_READY, .peer = 21, .ready = {&ready, true}};

    snprintf(ready.instance, sizeof ready.instance, "ai-2");
    lq_core_fixture_step(fixture, &event);
    snprintf(ready.instance, sizeof ready.instance, "ai-3");
    event.peer = 22;
    event.ready.local = false;
    lq_core_fixture_step(fixture, &event);
    lq_core_fixture_die(fixture, 2);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 2));
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 21));
    ck_assert(lq_broker_core_knows_actor(fixture->core, 22));
}
END_TEST

START_TEST(test_incarnation_goodbye_returns_everything)
{
    lq_core_fixture_ready(fixture, 12, "physics-2", LQ_PHYSICS, 0);
    lq_core_case_submit_sessions(3);
    uint32_t peer = lq_core_fixture_bring_to(fixture, LQ_PHYSICS)->peer;
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        fixture->batches[index].used =
            fixture->batches[index].used && fixture->batches[index].peer != peer;
    }
    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, peer);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, peer));
    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, peer); /* twice, or of a stranger */
    lq_core_case_expect_all_committed(3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->actor_count, 4);
}
END_TEST

/* A READY of the same instance under another connection: the one before is dead. */
START_TEST(test_incarnation_ready_of_the_same_instance_supersedes)
{
    lq_core_case_submit_sessions(3);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t suspect = batch->items[0].counter;
    batch->used = false;
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, suspect);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 2));
    lq_core_fixture_die(fixture, 2); /* the old process's end: the new one lives */
    ck_assert(lq_broker_core_knows_actor(fixture->core, 12));
    lq_core_case_expect_all_committed(3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->actor_count, 4);
}
END_TEST

START_TEST(test_incarnation_ready_twice_takes_nothing_away)
{
    lq_core_case_submit_sessions(3);
    lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_ready(fixture, 2, "physics-1", LQ_PHYSICS, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].in_flight, 3);
    lq_core_case_expect_all_committed(3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stale_results, 0);
}
END_TEST

TCase *lq_test_incarnation(void);
TCase *lq_test_incarnation(void)
{
    TCase *tc = tcase_create("incarnation");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_incarnation_silence_kills_a_local_actor);
    tcase_add_test(tc, test_incarnation_silence_of_a_remote_actor_only_loses_it);
    tcase_add_test(tc, test_incarnation_tells_who_is_lost);
    tcase_add_test(tc, test_incarnation_death_of_a_process_of_two_actors);
    tcase_add_test(tc, test_incarnation_goodbye_returns_everything);
    tcase_add_test(tc, test_incarnation_ready_of_the_same_instance_supersedes);
    tcase_add_test(tc, test_incarnation_ready_twice_takes_nothing_away);
    return tc;
}

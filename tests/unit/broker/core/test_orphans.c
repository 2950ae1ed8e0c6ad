// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Actors die, freeze, retire: what they held, and who is to blame. LEASED -> ORPHANED -> QUEUED. */
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

static void submit_sessions(uint32_t count)
{
    char name[16];

    for (uint32_t session = 0; session < count; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
}

static void expect_all_committed(uint32_t count)
{
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, count);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
}

/* Nothing is dispatched while it is not known who was at work; then only the suspect is alone. */
START_TEST(test_orphans_only_the_suspect_goes_on_alone)
{
    submit_sessions(5);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t suspect = batch->items[2].counter;
    ck_assert_uint_eq(batch->count, 5);

    lq_core_fixture_die(fixture, 2);
    lq_core_fixture_turn(fixture);
    ck_assert_ptr_null(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, suspect);
    lq_core_fixture_turn(fixture);
    uint32_t alone = 0;
    uint32_t together = 0;
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        batch = &fixture->batches[index];
        if (batch->used && batch->state == LQ_PHYSICS) {
            alone += batch->count == 1 && batch->items[0].counter == suspect;
            together += batch->count == 4;
        }
    }
    ck_assert_uint_eq(alone, 1);
    ck_assert_uint_eq(together, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0); /* nobody is charged */
    expect_all_committed(5);
}
END_TEST

/* The first to crash was in a batch: a suspect. Alone it is charged each time: 1 + 3 crashes. */
START_TEST(test_orphans_crash_is_charged_only_when_alone)
{
    uint32_t crashes = 0;
    uint32_t peer = 30;

    lq_core_fixture_ready(fixture, peer, "physics-1", LQ_PHYSICS, 0);
    submit_sessions(3);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t poison = batch->items[1].counter;

    while (fixture->letter_count == 0 && crashes < 20) {
        lq_core_fixture_turn(fixture);
        batch = NULL;
        for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
            for (uint32_t item = 0; item < fixture->batches[index].count; item++) {
                if (fixture->batches[index].used && fixture->batches[index].peer == peer &&
                    fixture->batches[index].items[item].counter == poison) {
                    batch = &fixture->batches[index];
                }
            }
        }
        if (batch == NULL) {
            lq_core_fixture_pass_ms(fixture, 5);
            continue;
        }
        lq_core_fixture_die(fixture, peer++);
        lq_core_fixture_ready(fixture, peer, "physics-1", LQ_PHYSICS, poison);
        crashes++;
    }
    ck_assert_uint_eq(crashes, 4);
    const struct lq_fixture_letter *letter = lq_core_fixture_last_letter(fixture);
    ck_assert_str_eq(letter->error, "Actor.Crashed");
    ck_assert_uint_eq(letter->tries, 3);
    lq_core_fixture_store(fixture, 0);
    expect_all_committed(2);
}
END_TEST

START_TEST(test_orphans_nobody_without_a_report)
{
    submit_sessions(4);
    for (uint32_t crash = 0; crash < 10; crash++) {
        lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
        lq_core_fixture_die(fixture, 2);
        lq_core_fixture_ready(fixture, 2, "physics-1", LQ_PHYSICS, 0);
    }
    ck_assert_uint_eq(lq_core_fixture_bring_to(fixture, LQ_PHYSICS)->count, 4);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    expect_all_committed(4);
}
END_TEST

/* Its next incarnation does not come in time: everything goes to another actor, uncharged. */
START_TEST(test_orphans_wait_for_the_next_incarnation_ends)
{
    lq_core_fixture_ready(fixture, 12, "physics-2", LQ_PHYSICS, 0);
    submit_sessions(4);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint32_t dead = batch->peer;
    lq_core_fixture_die(fixture, dead);
    lq_core_fixture_pass_ms(fixture, 999);
    ck_assert_ptr_null(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
    lq_core_fixture_pass_ms(fixture, 1);
    batch = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);
    ck_assert_ptr_nonnull(batch);
    ck_assert_uint_eq(batch->count, 4);
    ck_assert_uint_ne(batch->peer, dead);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    expect_all_committed(4);
}
END_TEST

/* The report comes late: the suspect is in a queue by now and is moved aside there. */
START_TEST(test_orphans_suspect_in_a_queue)
{
    submit_sessions(3);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t suspect = batch->items[0].counter;
    lq_core_fixture_die(fixture, 2);
    lq_core_fixture_pass_ms(fixture, 1000);
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, suspect);
    lq_core_fixture_turn(fixture);
    uint32_t alone = 0;
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        batch = &fixture->batches[index];
        alone += batch->used && batch->state == LQ_PHYSICS && batch->count == 1 &&
                 batch->items[0].counter == suspect;
    }
    ck_assert_uint_eq(alone, 1);
    expect_all_committed(3);
}
END_TEST

/* Poison holds one actor at a time. */
START_TEST(test_orphans_one_suspect_in_flight_per_state)
{
    lq_core_fixture_ready(fixture, 12, "physics-2", LQ_PHYSICS, 0);
    submit_sessions(1);
    struct lq_fixture_batch *first = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t suspect = first->items[0].counter;
    uint32_t peer = first->peer;
    lq_core_fixture_submit(fixture, "t", "other", 1, 1);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_serve(fixture, LQ_LOAD);
    lq_core_fixture_turn(fixture);
    uint32_t other_peer = peer == 2 ? 12 : 2;
    struct lq_fixture_batch *second = lq_core_fixture_batch_of(fixture, other_peer);
    ck_assert_ptr_nonnull(second);
    uint64_t other = second->items[0].counter;

    lq_core_fixture_submit(fixture, "t", "third", 1, 1);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_die(fixture, peer);
    lq_core_fixture_die(fixture, other_peer);
    lq_core_fixture_ready(fixture, 21, peer == 2 ? "physics-1" : "physics-2", LQ_PHYSICS, suspect);
    lq_core_fixture_ready(fixture, 22, peer == 2 ? "physics-2" : "physics-1", LQ_PHYSICS, other);
    lq_core_fixture_serve(fixture, LQ_LOAD);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].in_flight, 2);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].queued, 1);
    expect_all_committed(3);
}
END_TEST

START_TEST(test_orphans_silence_kills_a_local_actor)
{
    submit_sessions(2);
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
    expect_all_committed(2);
    ck_assert_uint_eq(fixture->kills, 1);
}
END_TEST

START_TEST(test_orphans_silence_of_a_remote_actor_only_loses_it)
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
START_TEST(test_orphans_tells_who_is_lost)
{
    submit_sessions(3);
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
START_TEST(test_orphans_death_of_a_process_of_two_actors)
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

START_TEST(test_orphans_goodbye_returns_everything)
{
    lq_core_fixture_ready(fixture, 12, "physics-2", LQ_PHYSICS, 0);
    submit_sessions(3);
    uint32_t peer = lq_core_fixture_bring_to(fixture, LQ_PHYSICS)->peer;
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        fixture->batches[index].used =
            fixture->batches[index].used && fixture->batches[index].peer != peer;
    }
    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, peer);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, peer));
    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, peer); /* twice, or of a stranger */
    expect_all_committed(3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->actor_count, 4);
}
END_TEST

/* A READY of the same instance under another connection: the one before is dead. */
START_TEST(test_orphans_ready_of_the_same_instance_supersedes)
{
    submit_sessions(3);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t suspect = batch->items[0].counter;
    batch->used = false;
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, suspect);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 2));
    lq_core_fixture_die(fixture, 2); /* the old process's end: the new one lives */
    ck_assert(lq_broker_core_knows_actor(fixture->core, 12));
    expect_all_committed(3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->actor_count, 4);
}
END_TEST

START_TEST(test_orphans_ready_twice_takes_nothing_away)
{
    submit_sessions(3);
    lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_ready(fixture, 2, "physics-1", LQ_PHYSICS, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].in_flight, 3);
    expect_all_committed(3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stale_results, 0);
}
END_TEST

/* Two connections whose numbers share their low bits: one's end is not the other's. */
START_TEST(test_orphans_peers_with_equal_low_bits)
{
    lq_core_fixture_ready(fixture, 65536 + 2, "ai-2", LQ_AI, 0);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 2)); /* superseded in the table */
    for (uint32_t step = 0; step < 31; step++) {
        lq_core_fixture_pass_ms(fixture, 100);
        lq_core_fixture_heard(fixture, 65536 + 2);
    }
    ck_assert(lq_broker_core_knows_actor(fixture->core, 65536 + 2));
}
END_TEST

START_TEST(test_orphans_timeout_in_a_batch_makes_a_suspect)
{
    submit_sessions(2);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t slow = batch->items[0].counter;
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "States.Timeout", 0);
    lq_core_fixture_verdict(fixture, batch, 1, LQ_ITEM_RETURNED, NULL, 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    lq_core_fixture_turn(fixture);
    batch = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);
    while (batch->items[0].counter != slow) {
        batch++;
    }
    ck_assert_uint_eq(batch->count, 1);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "States.Timeout", 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 1);
    lq_core_fixture_pass_ms(fixture, 5);
    expect_all_committed(2);
}
END_TEST

static void let_leases_run_out(void)
{
    for (uint32_t step = 0; step < 45; step++) {
        lq_core_fixture_pass_ms(fixture, 100);
        for (uint32_t peer = 1; peer <= 4; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
    }
}

/* The last resort: an actor that lives but never answers. Together uncharged, alone charged. */
START_TEST(test_orphans_lease_runs_out)
{
    submit_sessions(2);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    ck_assert_uint_eq(batch->count, 2);
    let_leases_run_out();
    batch->used = false;
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].in_flight, 1); /* alone */
    let_leases_run_out();
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 1);
}
END_TEST

START_TEST(test_orphans_lease_of_a_paused_actor_is_nobodys_fault)
{
    submit_sessions(1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    let_leases_run_out(); /* now it is a suspect, and alone */
    batch->used = false;
    lq_core_fixture_pause(fixture, 2, "swapping");
    let_leases_run_out();
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    fixture->batches[0].used = false;
    lq_core_fixture_pause(fixture, 2, NULL);
    expect_all_committed(1);
}
END_TEST

/* What a batch's end leaves unanswered is treated as a lease that ran out. */
START_TEST(test_orphans_batch_ends_without_an_answer)
{
    submit_sessions(3);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    expect_all_committed(3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
}
END_TEST

static const uint64_t strange_suspects[] = {0xffff, 65536u * 9000 + 1, 65536u * 9000, UINT64_MAX};

START_TEST(test_orphans_suspects_that_are_not_known)
{
    submit_sessions(3);
    lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_die(fixture, 2);
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, strange_suspects[_i]);
    ck_assert_uint_eq(lq_core_fixture_bring_to(fixture, LQ_PHYSICS)->count, 3);
    expect_all_committed(3);
}
END_TEST

/* The cell still names what was worked on before the broker's restart. */
START_TEST(test_orphans_suspect_of_another_epoch)
{
    submit_sessions(2);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    struct lq_ready ready = {.epoch = 7,
                             .stage = "physics",
                             .version = 1,
                             .instance = "physics-1",
                             .credit = 2,
                             .items_max = 16,
                             .bytes_max = 1 << 20,
                             .suspect = {6, batch->items[0].counter}};
    struct lq_broker_event event = {.kind = LQ_ON_READY, .peer = 12, .ready = {&ready, true}};
    lq_core_fixture_die(fixture, 2);
    lq_core_fixture_step(fixture, &event);
    ck_assert_uint_eq(lq_core_fixture_bring_to(fixture, LQ_PHYSICS)->count, 2);
}
END_TEST

START_TEST(test_orphans_more_actors_than_fit)
{
    char name[16];

    for (uint32_t index = 0; index < LQ_ACTORS_MAX + 10; index++) {
        snprintf(name, sizeof name, "load-x%u", index);
        lq_core_fixture_ready(fixture, 2000 + index, name, LQ_LOAD, 0);
    }
    ck_assert(lq_broker_core_knows_actor(fixture->core, 2000));
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 2000 + LQ_ACTORS_MAX + 9));
    submit_sessions(2);
    expect_all_committed(2);
}
END_TEST

TCase *lq_test_orphans(void);
TCase *lq_test_orphans(void)
{
    TCase *tc = tcase_create("orphans");

    tcase_add_checked_fixture(tc, open_fixture, close_fixture);
    tcase_add_test(tc, test_orphans_only_the_suspect_goes_on_alone);
    tcase_add_test(tc, test_orphans_crash_is_charged_only_when_alone);
    tcase_add_test(tc, test_orphans_nobody_without_a_report);
    tcase_add_test(tc, test_orphans_wait_for_the_next_incarnation_ends);
    tcase_add_test(tc, test_orphans_suspect_in_a_queue);
    tcase_add_test(tc, test_orphans_one_suspect_in_flight_per_state);
    tcase_add_test(tc, test_orphans_silence_kills_a_local_actor);
    tcase_add_test(tc, test_orphans_silence_of_a_remote_actor_only_loses_it);
    tcase_add_test(tc, test_orphans_tells_who_is_lost);
    tcase_add_test(tc, test_orphans_death_of_a_process_of_two_actors);
    tcase_add_test(tc, test_orphans_goodbye_returns_everything);
    tcase_add_test(tc, test_orphans_ready_of_the_same_instance_supersedes);
    tcase_add_test(tc, test_orphans_ready_twice_takes_nothing_away);
    tcase_add_test(tc, test_orphans_peers_with_equal_low_bits);
    tcase_add_test(tc, test_orphans_timeout_in_a_batch_makes_a_suspect);
    tcase_add_test(tc, test_orphans_lease_runs_out);
    tcase_add_test(tc, test_orphans_lease_of_a_paused_actor_is_nobodys_fault);
    tcase_add_test(tc, test_orphans_batch_ends_without_an_answer);
    tcase_add_loop_test(tc, test_orphans_suspects_that_are_not_known, 0,
                        (int)(sizeof strange_suspects / sizeof strange_suspects[0]));
    tcase_add_test(tc, test_orphans_suspect_of_another_epoch);
    tcase_add_test(tc, test_orphans_more_actors_than_fit);
    return tc;
}

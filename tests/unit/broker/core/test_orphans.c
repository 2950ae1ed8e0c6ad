// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Actors die: what they held, and who is to blame. LEASED -> ORPHANED -> QUEUED. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

/* Nothing is dispatched while it is not known who was at work; then only the suspect is alone, and
 * the others wait until it has left the actor. */
START_TEST(test_orphans_only_the_suspect_goes_on_alone)
{
    lq_core_case_submit_sessions(5);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t suspect = batch->items[2].counter;
    ck_assert_uint_eq(batch->count, 5);

    lq_core_fixture_die(fixture, 2);
    lq_core_fixture_turn(fixture);
    ck_assert_ptr_null(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, suspect);
    lq_core_fixture_turn(fixture);
    batch = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);
    ck_assert_uint_eq(batch->count, 1);
    ck_assert_uint_eq(batch->items[0].counter, suspect);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].in_flight, 1);
    (void)lq_core_fixture_serve(fixture, LQ_PHYSICS);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_batch_at(fixture, LQ_PHYSICS)->count, 4);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0); /* nobody is charged */
    lq_core_case_expect_all_committed(5);
}
END_TEST

/* The first to crash was in a batch: a suspect. Alone it is charged each time: 1 + 3 crashes. */
START_TEST(test_orphans_crash_is_charged_only_when_alone)
{
    uint32_t crashes = 0;
    uint32_t peer = 30;

    lq_core_fixture_ready(fixture, peer, "physics-1", LQ_PHYSICS, 0);
    lq_core_case_submit_sessions(3);
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
            (void)lq_core_fixture_serve(fixture, LQ_PHYSICS); /* the others go apart from it */
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
    lq_core_case_expect_all_committed(2);
}
END_TEST

START_TEST(test_orphans_nobody_without_a_report)
{
    lq_core_case_submit_sessions(4);
    for (uint32_t crash = 0; crash < 10; crash++) {
        lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
        lq_core_fixture_die(fixture, 2);
        lq_core_fixture_ready(fixture, 2, "physics-1", LQ_PHYSICS, 0);
    }
    ck_assert_uint_eq(lq_core_fixture_bring_to(fixture, LQ_PHYSICS)->count, 4);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    lq_core_case_expect_all_committed(4);
}
END_TEST

/* Its next incarnation does not come in time: everything goes to another actor, uncharged. */
START_TEST(test_orphans_wait_for_the_next_incarnation_ends)
{
    lq_core_fixture_ready(fixture, 12, "physics-2", LQ_PHYSICS, 0);
    lq_core_case_submit_sessions(4);
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
    lq_core_case_expect_all_committed(4);
}
END_TEST

/* The report comes late: the suspect is in a queue by now and is moved aside there. */
START_TEST(test_orphans_suspect_in_a_queue)
{
    lq_core_case_submit_sessions(3);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t suspect = batch->items[0].counter;
    lq_core_fixture_die(fixture, 2);
    lq_core_fixture_pass_ms(fixture, 1000);
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, suspect);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_batch_at(fixture, LQ_PHYSICS)->count, 2);
    (void)lq_core_fixture_serve(fixture, LQ_PHYSICS);
    lq_core_fixture_turn(fixture);
    batch = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);
    ck_assert_uint_eq(batch->count, 1);
    ck_assert_uint_eq(batch->items[0].counter, suspect);
    lq_core_case_expect_all_committed(3);
}
END_TEST

/* Poison holds one actor at a time. */
START_TEST(test_orphans_one_suspect_in_flight_per_state)
{
    lq_core_fixture_ready(fixture, 12, "physics-2", LQ_PHYSICS, 0);
    lq_core_case_submit_sessions(1);
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
    lq_core_case_expect_all_committed(3);
}
END_TEST

static const uint64_t strange_suspects[] = {0xffff, 65536u * 9000 + 1, 65536u * 9000, UINT64_MAX};

START_TEST(test_orphans_suspects_that_are_not_known)
{
    lq_core_case_submit_sessions(3);
    lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_die(fixture, 2);
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, strange_suspects[_i]);
    ck_assert_uint_eq(lq_core_fixture_bring_to(fixture, LQ_PHYSICS)->count, 3);
    lq_core_case_expect_all_committed(3);
}
END_TEST

/* The cell still names what was worked on before the broker's restart. */
START_TEST(test_orphans_suspect_of_another_epoch)
{
    lq_core_case_submit_sessions(2);
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

TCase *lq_test_orphans(void);
TCase *lq_test_orphans(void)
{
    TCase *tc = tcase_create("orphans");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_orphans_only_the_suspect_goes_on_alone);
    tcase_add_test(tc, test_orphans_crash_is_charged_only_when_alone);
    tcase_add_test(tc, test_orphans_nobody_without_a_report);
    tcase_add_test(tc, test_orphans_wait_for_the_next_incarnation_ends);
    tcase_add_test(tc, test_orphans_suspect_in_a_queue);
    tcase_add_test(tc, test_orphans_one_suspect_in_flight_per_state);
    tcase_add_loop_test(tc, test_orphans_suspects_that_are_not_known, 0,
                        (int)(sizeof strange_suspects / sizeof strange_suspects[0]));
    tcase_add_test(tc, test_orphans_suspect_of_another_epoch);
    return tc;
}

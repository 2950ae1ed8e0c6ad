// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Every edge of the drawing in broker_core.h that a well-behaved stage takes, and results that must
 * not count. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"
#include "tests/unit/broker/core/flow_case.h"

#include <stdio.h>

/* mailbox -> QUEUED -> LEASED -> QUEUED at the next state -> ... -> closed */
START_TEST(test_batch_walks_the_pipeline)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    uint32_t lease = 0;
    uint64_t counter = 0;
    for (uint32_t state = LQ_LOAD; state <= LQ_PERSIST; state++) {
        lq_core_fixture_turn(fixture);
        struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, state);
        ck_assert_ptr_nonnull(batch);
        ck_assert_uint_eq(batch->peer, state + 1);
        ck_assert_uint_eq(batch->timeout_ms, 900);
        ck_assert_uint_eq(batch->items[0].frame, state == LQ_LOAD ? 0 : 1);
        ck_assert_uint_gt(batch->items[0].lease, lease); /* grows over all stages */
        ck_assert(counter == 0 || batch->items[0].counter == counter);
        lease = batch->items[0].lease;
        counter = batch->items[0].counter;
        lq_core_fixture_serve(fixture, state);
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stale_results, 0);
}
END_TEST

START_TEST(test_batch_one_message_takes_all_that_waits)
{
    lq_core_case_submit_sessions(10);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->dispatches, 1);
    ck_assert_uint_eq(lq_core_fixture_batch_at(fixture, LQ_LOAD)->count, 10);
}
END_TEST

START_TEST(test_batch_respects_items_and_credit)
{
    lq_core_case_submit_sessions(32);
    lq_core_fixture_submit(fixture, "t", "later", 1, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->dispatches, 2); /* credit 2, 16 items each */
    lq_core_case_submit_sessions(1);
    struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, LQ_LOAD);
    for (uint32_t index = 0; index < batch->count; index++) {
        lq_core_fixture_done(fixture, batch, index);
    }
    lq_core_fixture_turn(fixture);
    ck_assert_ptr_nonnull(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
    uint32_t at_load = 0;
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        at_load += fixture->batches[index].used && fixture->batches[index].state == LQ_LOAD;
    }
    ck_assert_uint_eq(at_load, 2); /* the credit comes back with the end of the batch only */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 33);
}
END_TEST

START_TEST(test_batch_chooses_the_idlest_actor)
{
    lq_core_fixture_ready(fixture, 11, "load-2", LQ_LOAD, 0);
    lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_submit(fixture, "t", "b", 1, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_ptr_nonnull(lq_core_fixture_batch_of(fixture, 1));
    ck_assert_ptr_nonnull(lq_core_fixture_batch_of(fixture, 11));
}
END_TEST

static void ready_with(uint32_t peer, const char *instance, const char *stage, uint32_t version,
                       uint32_t bytes_max)
{
    struct lq_ready ready = {
        .epoch = 7, .version = version, .credit = 2, .items_max = 16, .bytes_max = bytes_max};
    struct lq_broker_event event = {.kind = LQ_ON_READY, .peer = peer, .ready = {&ready, false}};

    snprintf(ready.stage, sizeof ready.stage, "%s", stage);
    snprintf(ready.instance, sizeof ready.instance, "%s", instance);
    lq_core_fixture_step(fixture, &event);
}

START_TEST(test_batch_other_versions_and_stages_get_nothing)
{
    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, 1);
    ready_with(21, "load-v2", "load", 2, 1 << 20);
    ready_with(22, "gravity-1", "gravity", 1, 1 << 20);
    lq_core_fixture_pause(fixture, 21, "x"); /* says nothing about what it may do */
    lq_core_fixture_pause(fixture, 21, NULL);
    lq_core_case_submit_sessions(3);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->dispatches, 0);
    const struct lq_status *status = lq_core_fixture_status(fixture);
    for (uint32_t index = 0; index < status->actor_count; index++) {
        bool routed =
            status->actors[index].instance.data[0] != 'g' && status->actors[index].version == 1;
        ck_assert(routed == (status->actors[index].state == LQ_ACTOR_READY));
    }
    lq_core_fixture_ready(fixture, 1, "load-1", LQ_LOAD, 0);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 3);
}
END_TEST

START_TEST(test_batch_respects_bytes)
{
    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, 1);
    ready_with(21, "load-small", "load", 1, 120); /* a command counts 50 */
    lq_core_case_submit_sessions(5);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_batch_of(fixture, 21)->count, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 5);
    for (uint64_t sequence = 2; sequence < 10; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s0", 1, sequence);
    }
    lq_core_fixture_settle(fixture); /* one that is larger by itself still goes */
    ck_assert_uint_eq(fixture->ledger.entry_count, 13);
}
END_TEST

/* An actor gets what keeps it busy for 3 ms: of items that take 500 us each, 6 at a time. The next
 * ones come when it is nearly done with them. */
START_TEST(test_batch_respects_the_service_time)
{
    fixture->service_us = 500;
    lq_core_case_submit_sessions(1);
    lq_core_fixture_settle(fixture);
    for (uint32_t session = 10; session < 20; session++) {
        char name[16];
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_batch_at(fixture, LQ_LOAD)->count, 6);
    lq_core_fixture_pass_ms(fixture, 2);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 6);
    lq_core_fixture_pass_ms(fixture, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 10);
}
END_TEST

/* For a second after another tenant was served; then a tenant that is alone has thrice as much. */
START_TEST(test_batch_is_larger_for_a_tenant_alone)
{
    static const uint32_t passes_ms[] = {900, 1100};
    static const uint32_t items[] = {3, 9};
    char name[16];

    fixture->service_us = 1000;
    for (uint32_t turn = 0; turn < 2; turn++) {
        lq_core_fixture_submit(fixture, "other", "s", 1, turn + 1);
        lq_core_fixture_settle(fixture);
        lq_core_fixture_submit(fixture, "t", "s", 1, turn + 1);
        lq_core_fixture_settle(fixture);
        lq_core_fixture_pass_ms(fixture, passes_ms[turn]);
        for (uint32_t session = 10; session < 40; session++) {
            snprintf(name, sizeof name, "s%u", session);
            lq_core_fixture_submit(fixture, "t", name, 1, turn + 1);
        }
        lq_core_fixture_turn(fixture);
        ck_assert_uint_eq(lq_core_fixture_batch_at(fixture, LQ_LOAD)->count, items[turn]);
        lq_core_fixture_settle(fixture);
    }
}
END_TEST

/* The end of a batch, a commit that waits for a disk, takes as long for many items as for few: a
 * slow one does not make batches ever smaller, and each item's share of it ever larger. */
START_TEST(test_batch_is_not_smaller_for_a_slow_disk)
{
    char name[16];

    fixture->service_us = 20;
    fixture->end_ns = UINT64_C(8000000);
    for (uint64_t round = 1; round <= 30; round++) {
        for (uint32_t session = 0; session < 16; session++) {
            snprintf(name, sizeof name, "s%u", session);
            lq_core_fixture_submit(fixture, "t", name, 1, round);
        }
        uint32_t before = fixture->dispatches;
        lq_core_fixture_bring_to(fixture, LQ_PERSIST);
        ck_assert_uint_eq(lq_core_fixture_batch_at(fixture, LQ_PERSIST)->count, 16);
        lq_core_fixture_settle(fixture);
        ck_assert_uint_eq(fixture->dispatches - before, 4);
    }
}
END_TEST

START_TEST(test_batch_paused_actor_gets_nothing_new)
{
    lq_core_fixture_pause(fixture, 2, "warming up");
    lq_core_case_submit_sessions(1);
    lq_core_fixture_settle(fixture);
    ck_assert_ptr_null(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
    lq_core_fixture_pause(fixture, 2, NULL);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
}
END_TEST

/* A turn whose effects do not fit is cut short, and wants another one at once. */
START_TEST(test_batch_turn_goes_on_when_cut_short)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    struct lq_broker_event turn = {.kind = LQ_ON_TURN};

    config.sessions_max = 2801;
    config.commands_max = 2801;
    config.tenant_commands_max = 1500;
    config.executions_max = 2801;
    config.tenant_executions_max = 1500;
    lq_core_case_reopen(&config);
    fixture->unchecked = true;
    for (uint32_t index = 0; index < 1400; index++) {
        char name[16];
        snprintf(name, sizeof name, "s%u", index);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
    for (uint32_t index = 0; index < 3; index++) {
        lq_core_fixture_step(fixture, &turn);
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1400);
}
END_TEST

/* ---- results that must not count ---- */

enum { OLD_LEASE = 1, OTHER_ACTOR, STRANGER, UNKNOWN, AFTER_COMMIT, AFTER_DEATH, TWICE };

static const struct {
    const char *name;
    int kind;
} forbidden[] = {
    {"a result under an old lease", OLD_LEASE},
    {"a result of another actor", OTHER_ACTOR},
    {"a result of somebody who is no actor", STRANGER},
    {"a result of an execution that never was", UNKNOWN},
    {"a result after the frame was committed", AFTER_COMMIT},
    {"a result after the actor died", AFTER_DEATH},
    {"a result twice", TWICE},
};

START_TEST(test_batch_late_results_change_nothing)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    struct lq_result_item late = {.execution = batch->items[0].counter,
                                  .lease = batch->items[0].lease,
                                  .verdict = LQ_ITEM_DONE};
    uint32_t peer = batch->peer;
    uint64_t number = batch->number;

    switch (forbidden[_i].kind) {
    case OLD_LEASE:
        lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_RETURNED, NULL, 0);
        lq_core_fixture_end_batch(fixture, batch);
        lq_core_fixture_turn(fixture);
        break;
    case OTHER_ACTOR:
        peer = 3;
        break;
    case STRANGER:
        peer = 77;
        break;
    case UNKNOWN:
        late.execution += 65536;
        break;
    case AFTER_COMMIT:
        lq_core_fixture_settle(fixture);
        break;
    case AFTER_DEATH:
        lq_core_fixture_die(fixture, 2);
        lq_core_fixture_ready(fixture, 2, "physics-1", LQ_PHYSICS, 0);
        lq_core_fixture_turn(fixture);
        break;
    default:
        lq_core_fixture_done(fixture, batch, 0);
        break;
    }
    for (uint32_t verdict = LQ_ITEM_DONE; verdict <= LQ_ITEM_CONFLICT; verdict++) {
        uint32_t executions = lq_core_fixture_status(fixture)->executions_open;
        uint64_t stale = lq_core_fixture_status(fixture)->stale_results;
        late.verdict = (uint8_t)verdict;
        lq_core_fixture_result(fixture, LQ_ON_RESULT, peer, number, &late, 50);
        ck_assert_msg(lq_core_fixture_status(fixture)->stale_results == stale + 1, "%s",
                      forbidden[_i].name);
        ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, executions);
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
    ck_assert_uint_eq(fixture->letter_count, 0);
}
END_TEST

START_TEST(test_batch_end_of_an_unknown_batch_changes_nothing)
{
    struct lq_broker_event end = {.kind = LQ_ON_BATCH_END, .peer = 1, .batch_end = {999, 1, 1}};

    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_step(fixture, &end);
    end.peer = 55;
    lq_core_fixture_step(fixture, &end);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
}
END_TEST

TCase *lq_test_batch(void);
TCase *lq_test_batch(void)
{
    TCase *tc = tcase_create("batch");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_batch_walks_the_pipeline);
    tcase_add_test(tc, test_batch_one_message_takes_all_that_waits);
    tcase_add_test(tc, test_batch_respects_items_and_credit);
    tcase_add_test(tc, test_batch_chooses_the_idlest_actor);
    tcase_add_test(tc, test_batch_other_versions_and_stages_get_nothing);
    tcase_add_test(tc, test_batch_respects_bytes);
    tcase_add_test(tc, test_batch_respects_the_service_time);
    tcase_add_test(tc, test_batch_is_larger_for_a_tenant_alone);
    tcase_add_test(tc, test_batch_is_not_smaller_for_a_slow_disk);
    tcase_add_test(tc, test_batch_paused_actor_gets_nothing_new);
    tcase_add_test(tc, test_batch_turn_goes_on_when_cut_short);
    tcase_add_loop_test(tc, test_batch_late_results_change_nothing, 0,
                        (int)(sizeof forbidden / sizeof forbidden[0]));
    tcase_add_test(tc, test_batch_end_of_an_unknown_batch_changes_nothing);
    return tc;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Whose tasks are in the next batch, and which share an actor. */
#include "base/clock.h"
#include "broker/core/flow.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/flow_case.h"

#include <stdio.h>

START_TEST(test_dispatch_one_item_is_in_the_next_batch_beside_a_flood)
{
    lq_flow_case_teach(100);
    lq_flow_case_submit("flood", 30, 1);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_pass_ms(fixture, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "flood"), 30);
    lq_flow_case_submit("flood", 30, 2);
    lq_flow_case_submit("calm", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, LQ_LOAD);
    for (uint32_t index = 0; index < batch->count; index++) {
        lq_core_fixture_done(fixture, batch, index);
    }
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_pass_ms(fixture, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "calm"), 1);
}
END_TEST

/* Of 32 items at 100 us each, a round of quanta is 7. */
START_TEST(test_dispatch_counts_are_as_the_weights)
{
    lq_core_fixture_quota(fixture, "b", LQ_QUOTA_WEIGHT, 2);
    lq_core_fixture_quota(fixture, "c", LQ_QUOTA_WEIGHT, 4);
    lq_flow_case_teach(100);
    lq_flow_case_submit("a", 18, 1);
    lq_flow_case_submit("b", 18, 1);
    lq_flow_case_submit("c", 18, 1);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_pass_ms(fixture, 1);
    lq_core_fixture_turn(fixture);
    uint32_t a = lq_flow_case_items_at(LQ_LOAD, "a");
    uint32_t b = lq_flow_case_items_at(LQ_LOAD, "b");
    uint32_t c = lq_flow_case_items_at(LQ_LOAD, "c");
    ck_assert_uint_eq(a + b + c, 32);
    ck_assert_uint_ge(a, 4);
    ck_assert_uint_le(a, 5);
    ck_assert_uint_ge(b, 8);
    ck_assert_uint_le(b, 10);
    ck_assert_uint_ge(c, 16);
    ck_assert_uint_le(c, 20);
}
END_TEST

/* The first question goes at once, the next when ten ticks have gone. */
START_TEST(test_dispatch_questions_weigh_a_tenth)
{
    lq_flow_case_teach(100);
    lq_flow_case_submit("t", 24, 1);
    for (uint32_t index = 0; index < 6; index++) {
        lq_core_fixture_admin(fixture, LQ_EXECUTION_QUERY);
    }
    lq_core_fixture_turn(fixture);
    const struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, LQ_LOAD);
    uint32_t queries = 0;
    for (uint32_t index = 0; index < batch->count; index++) {
        queries += batch->items[index].kind == LQ_EXECUTION_QUERY;
    }
    ck_assert_uint_eq(batch->count, 16);
    ck_assert_uint_eq(queries, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 6);
}
END_TEST

/* ---- a few tasks wait for more ---- */

static void submit_from(uint32_t first, uint32_t sessions)
{
    char name[16];

    for (uint32_t session = first; session < first + sessions; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
    lq_core_fixture_turn(fixture);
}

static void gather_for_a_millisecond(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.gather_us = 1000;
    lq_core_case_reopen(&config);
}

/* The wait is that of the first one; the next wait is as long again. */
START_TEST(test_dispatch_few_tasks_wait_a_moment_while_the_stage_is_at_work)
{
    gather_for_a_millisecond();
    lq_core_fixture_ready(fixture, 11, "load-2", LQ_LOAD, 0);
    submit_from(0, 1); /* at once: the stage is idle */
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 1);
    submit_from(1, 1);
    fixture->now_ns += LQ_NS_PER_MS / 2;
    submit_from(2, 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 1);
    fixture->now_ns += LQ_NS_PER_MS / 2;
    ck_assert_uint_eq(lq_broker_core_next_wakeup_ns(fixture->core), fixture->now_ns);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 3);
    submit_from(3, 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 3);
    lq_core_fixture_pass_ms(fixture, 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 4);
}
END_TEST

START_TEST(test_dispatch_few_tasks_go_when_the_stage_has_nothing_else)
{
    gather_for_a_millisecond();
    submit_from(0, 1);
    submit_from(1, 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 1);
    lq_core_fixture_serve(fixture, LQ_LOAD);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_PHYSICS, "t"), 1);
}
END_TEST

/* A batch of the play actors has 16. */
START_TEST(test_dispatch_a_full_batch_does_not_wait)
{
    gather_for_a_millisecond();
    submit_from(0, 1);
    submit_from(1, 15);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 1);
    submit_from(16, 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 17);
}
END_TEST

/* Nobody waits while 128 are in flight. */
START_TEST(test_dispatch_few_tasks_do_not_wait_beside_a_flood)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    char instance[16];

    config.gather_us = 1000;
    config.sessions_max = config.executions_max = 512;
    config.tenant_executions_max = 256;
    lq_core_case_reopen(&config);
    for (uint32_t actor = 2; actor <= 6; actor++) {
        snprintf(instance, sizeof instance, "load-%u", actor);
        lq_core_fixture_ready(fixture, 10 + actor, instance, LQ_LOAD, 0);
    }
    for (uint32_t group = 0; group < 8; group++) {
        submit_from(15 * group, 15);
        lq_core_fixture_pass_ms(fixture, 1);
    }
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 120);
    submit_from(120, 8);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 120);
    lq_core_fixture_pass_ms(fixture, 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 128);
    submit_from(128, 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 129);
}
END_TEST

/* Three of them take as long as a batch may. */
START_TEST(test_dispatch_long_tasks_do_not_wait)
{
    gather_for_a_millisecond();
    lq_flow_case_teach(1500);
    lq_core_fixture_ready(fixture, 11, "load-2", LQ_LOAD, 0);
    submit_from(0, 1);
    submit_from(1, 1);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "t"), 1);
    submit_from(2, 8);
    ck_assert_uint_gt(lq_flow_case_items_at(LQ_LOAD, "t"), 1);
}
END_TEST

/* ---- what goes apart ---- */

/* No batch at load has an item of both. */
static void expect_apart(const char *slow)
{
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        const struct lq_fixture_batch *batch = &fixture->batches[index];
        if (batch->used && batch->state == LQ_LOAD && lq_flow_case_items(batch, slow) > 0) {
            ck_assert_uint_eq(batch->count, lq_flow_case_items(batch, slow));
            for (uint32_t other = 0; other < LQ_FIXTURE_BATCHES_MAX; other++) {
                ck_assert(other == index || !fixture->batches[other].used ||
                          fixture->batches[other].peer != batch->peer);
            }
        }
    }
}

static void serve_one(uint32_t state)
{
    struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, state);

    ck_assert_ptr_nonnull(batch);
    for (uint32_t index = 0; index < batch->count; index++) {
        lq_core_fixture_done(fixture, batch, index);
    }
    lq_core_fixture_end_batch(fixture, batch);
}

START_TEST(test_dispatch_slow_flow_never_shares_its_actor)
{
    lq_flow_case_teach(100);
    lq_core_fixture_ready(fixture, 11, "load-2", LQ_LOAD, 0);
    lq_flow_case_slow("slow");
    for (uint64_t round = 10; round < 30; round++) {
        uint32_t slow = 0;
        lq_flow_case_submit("slow", 3, round);
        lq_flow_case_submit("calm", 20, round);
        lq_core_fixture_turn(fixture);
        while (lq_core_fixture_batch_at(fixture, LQ_LOAD) != NULL) {
            expect_apart("slow");
            slow += lq_flow_case_items(lq_core_fixture_batch_at(fixture, LQ_LOAD), "slow");
            fixture->service_us =
                lq_flow_case_items(lq_core_fixture_batch_at(fixture, LQ_LOAD), "slow") > 0 ? 50000
                                                                                           : 100;
            serve_one(LQ_LOAD);
            lq_core_fixture_turn(fixture);
        }
        ck_assert_uint_eq(slow, 3);
        fixture->service_us = 100;
        lq_core_fixture_settle(fixture);
    }
}
END_TEST

/* Three actors: others were served a moment ago, so two are for what goes apart, although nobody
 * else waits. A second later it may have all. */
START_TEST(test_dispatch_one_actor_is_left_to_the_others)
{
    lq_flow_case_teach(100);
    lq_core_fixture_ready(fixture, 11, "load-2", LQ_LOAD, 0);
    lq_core_fixture_ready(fixture, 12, "load-3", LQ_LOAD, 0);
    lq_flow_case_slow("slow");
    lq_flow_case_submit("calm", 1, 1);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_serve(fixture, LQ_LOAD);
    lq_flow_case_submit("slow", 8, 10);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_flow_case_singles_at(LQ_LOAD, "slow"), 2);
    lq_core_fixture_heard(fixture, 1);
    lq_core_fixture_pass_ms(fixture, 1001);
    ck_assert_uint_eq(lq_flow_case_singles_at(LQ_LOAD, "slow"), 3);
}
END_TEST

START_TEST(test_dispatch_one_actor_is_had_in_turn)
{
    lq_flow_case_teach(100);
    lq_flow_case_slow("slow");
    lq_flow_case_slow("crawl");
    lq_core_fixture_quota(fixture, "slow", LQ_QUOTA_WEIGHT, 100);
    lq_flow_case_submit("slow", 12, 10);
    lq_flow_case_submit("calm", 30, 1);
    uint32_t slow_in_row = 0;
    uint32_t slow = 0;
    for (uint32_t batches = 0; batches < 12; batches++) {
        lq_core_fixture_turn(fixture);
        struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, LQ_LOAD);
        if (batch == NULL) {
            break;
        }
        expect_apart("slow");
        bool is_slow = lq_flow_case_items(batch, "slow") > 0;
        slow_in_row = is_slow ? slow_in_row + 1 : 0;
        slow += is_slow;
        if (lq_flow_case_items_at(LQ_LOAD, "calm") > 0) {
            ck_assert_uint_le(slow_in_row, 1);
        }
        fixture->service_us = is_slow ? 5000 : 100;
        serve_one(LQ_LOAD);
    }
    ck_assert_uint_ge(slow, 2);
}
END_TEST

/* What ended an actor goes apart also when it is short; with much weight a turn is many batches,
 * and what is left of it is not given again. */
/* Two that go apart, of 5 ms and of 50 ms a task, and one actor: while both have work, each has
 * half of the time. Task by task it would be as many of the ones as of the others. */
START_TEST(test_dispatch_apart_flows_share_by_time)
{
    uint32_t slow = 0;
    uint32_t crawl = 0;

    lq_flow_case_slow("slow");
    lq_flow_case_slow("crawl");
    lq_flow_case_submit("slow", 20, 10);
    lq_flow_case_submit("crawl", 12, 10);
    while (slow < 20) {
        lq_core_fixture_turn(fixture);
        bool is_slow = lq_flow_case_items(lq_core_fixture_batch_at(fixture, LQ_LOAD), "slow") > 0;
        slow += is_slow;
        crawl += !is_slow;
        fixture->service_us = is_slow ? 5000 : 50000;
        serve_one(LQ_LOAD);
    }
    ck_assert_uint_le(crawl, 5);
}
END_TEST

START_TEST(test_dispatch_apart_turn_goes_on_while_its_balance_lasts)
{
    lq_flow_case_teach(100);
    lq_core_fixture_quota(fixture, "heavy", LQ_QUOTA_WEIGHT, 100);
    lq_flow_case_submit("heavy", 30, 1);
    lq_core_fixture_step(fixture, &(struct lq_broker_event){.kind = LQ_ON_TURN});
    struct lq_core_flow *flow = lq_flow_case_flow("heavy", LQ_LOAD);
    flow->distrusted_to_ns = UINT64_MAX;
    for (uint64_t round = 2; round < 12; round++) {
        lq_flow_case_submit("heavy", 30, round);
        serve_one(LQ_LOAD);
        lq_core_fixture_turn(fixture);
        for (uint32_t state = LQ_PHYSICS; state <= LQ_PERSIST; state++) {
            lq_core_fixture_serve(fixture, state);
            lq_core_fixture_turn(fixture);
        }
        ck_assert_int_le(flow->balance_ns, 100 * LQ_FLOW_QUANTUM_NS);
    }
}
END_TEST

/* ---- suspects ---- */

static bool is_suspect_of(const char *tenant)
{
    struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);

    return batch != NULL && batch->count == 1 && lq_flow_case_items(batch, tenant) == 1;
}

/* All of a batch ran out of time; b's only one does not stand behind all of a's. */
START_TEST(test_dispatch_suspects_of_tenants_go_in_turn)
{
    static const char *const order[] = {"a", "b", "a", "a"};

    lq_flow_case_submit("a", 3, 1);
    lq_flow_case_submit("b", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    ck_assert_uint_eq(batch->count, 4);
    for (uint32_t index = 0; index < 4; index++) {
        lq_core_fixture_verdict(fixture, batch, index, LQ_ITEM_FAILED, "States.Timeout", 0);
    }
    lq_core_fixture_end_batch(fixture, batch);
    for (uint32_t index = 0; index < 4; index++) {
        lq_core_fixture_turn(fixture);
        ck_assert_msg(is_suspect_of(order[index]), "suspect %u is not %s's", index, order[index]);
        ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].in_flight, 1);
        serve_one(LQ_PHYSICS);
    }
}
END_TEST

TCase *lq_test_dispatch(void);
TCase *lq_test_dispatch(void)
{
    TCase *tc = tcase_create("dispatch");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_dispatch_one_item_is_in_the_next_batch_beside_a_flood);
    tcase_add_test(tc, test_dispatch_counts_are_as_the_weights);
    tcase_add_test(tc, test_dispatch_questions_weigh_a_tenth);
    tcase_add_test(tc, test_dispatch_few_tasks_wait_a_moment_while_the_stage_is_at_work);
    tcase_add_test(tc, test_dispatch_few_tasks_go_when_the_stage_has_nothing_else);
    tcase_add_test(tc, test_dispatch_a_full_batch_does_not_wait);
    tcase_add_test(tc, test_dispatch_few_tasks_do_not_wait_beside_a_flood);
    tcase_add_test(tc, test_dispatch_long_tasks_do_not_wait);
    tcase_add_test(tc, test_dispatch_slow_flow_never_shares_its_actor);
    tcase_add_test(tc, test_dispatch_one_actor_is_left_to_the_others);
    tcase_add_test(tc, test_dispatch_one_actor_is_had_in_turn);
    tcase_add_test(tc, test_dispatch_apart_flows_share_by_time);
    tcase_add_test(tc, test_dispatch_apart_turn_goes_on_while_its_balance_lasts);
    tcase_add_test(tc, test_dispatch_suspects_of_tenants_go_in_turn);
    return tc;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Why a tenant's work waits: each reason is made, and the sentence says it with the figures. */
#include "broker/core/tenant_wait.h"

#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

static struct lq_tenant_load load;
static struct lq_tenant_wait wait;

static void explain(const char *tenant)
{
    lq_broker_core_load(fixture->core, lq_view_text(tenant), fixture->now_ns, &load, &wait);
    ck_assert_uint_eq(load.reason_count, wait.count);
    ck_assert_uint_ge(wait.count, 1);
}

/* The sentence is the first one, or at a place. */
static void expect_at(uint32_t place, const char *sentence)
{
    ck_assert_msg(place < wait.count, "no sentence %u, the last is: %s", place,
                  wait.lines[wait.count - 1]);
    ck_assert_str_eq(wait.lines[place], sentence);
}

static void submit(const char *tenant, uint32_t sessions)
{
    char name[16];

    for (uint32_t session = 0; session < sessions; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, tenant, name, 1, 1);
    }
}

/* The first tenant's in the first queue. */
static struct lq_core_flow *own_flow(void)
{
    struct lq_broker_core *core = (struct lq_broker_core *)fixture->core;

    ck_assert_uint_ne(core->tenants[1].flow_of[1][false], 0);
    return &core->flows[core->tenants[1].flow_of[1][false]];
}

START_TEST(test_tenant_wait_for_nothing)
{
    explain("t");
    expect_at(0, "nothing: it has no work here");
    ck_assert(!load.resident);
    submit("t", 1);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "nothing: 1 tick is at work");
    ck_assert(load.resident);
    lq_core_fixture_submit(fixture, "t", "other", 1, 1);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "nothing: 2 ticks are at work");
    lq_core_fixture_settle(fixture);
    explain("t");
    expect_at(0, "nothing: it has no work here");
    ck_assert_uint_eq(wait.count, 1);
}
END_TEST

START_TEST(test_tenant_wait_for_an_actor)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    lq_core_case_close();
    fixture = lq_core_fixture_open(&config);
    submit("t", 3);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "no actor serves load: 3 of its tasks wait there");
    ck_assert_uint_eq(wait.count, 1);
    ck_assert_uint_eq(load.stages[0].waiting, 3);
    explain("u");
    expect_at(0, "nothing: it has no work here");
    lq_core_fixture_ready(fixture, 1, "load-1", LQ_LOAD, 0);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "nothing: 3 ticks are at work");
    ck_assert_uint_eq(load.stages[0].waiting, 0);
    ck_assert_uint_eq(load.stages[0].in_flight, 3);
}
END_TEST

START_TEST(test_tenant_wait_for_a_paused_store)
{
    submit("t", 2);
    lq_core_fixture_pause(fixture, 4, "the ledger cannot be written: disk full");
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "persist pauses: the ledger cannot be written: disk full");
    ck_assert_uint_eq(wait.count, 1);
}
END_TEST

START_TEST(test_tenant_wait_for_executions)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.tenant_executions_max = 2;
    lq_core_case_reopen(&config);
    submit("t", 5);
    submit("u", 1);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "executions: 2 of 2 under way: 3 of its other sessions wait");
    ck_assert_uint_eq(wait.count, 1);
    explain("u");
    expect_at(0, "nothing: 1 tick is at work");
}
END_TEST

/* One tenant may have as many executions as are left for others. */
START_TEST(test_tenant_wait_for_its_part_of_the_cluster)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.executions_max = 8;
    lq_core_case_reopen(&config);
    submit("t", 7);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "the cluster: it has 4 executions, as many as are free (4 of 8): 3 of its other "
                 "sessions wait");
    ck_assert_uint_eq(wait.count, 1);
}
END_TEST

START_TEST(test_tenant_wait_for_tokens)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.tenant_quotas[LQ_QUOTA_COMMANDS] = 3;
    config.tenant_quotas[LQ_QUOTA_TICKS] = 2;
    lq_core_case_reopen(&config);
    submit("t", 4);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "commands/s: 3 of 3 used; the next in 334 ms");
    expect_at(1, "ticks/s: 2 of 2 used: 1 of its sessions waits; the next in 500 ms");
    ck_assert_uint_eq(wait.count, 2);
    ck_assert_uint_eq(load.quotas[LQ_QUOTA_COMMANDS].refused, 1);
    ck_assert_uint_eq(load.quotas[LQ_QUOTA_COMMANDS].left, 0);
    ck_assert_uint_eq(load.quotas[LQ_QUOTA_COMMANDS].next_ms, 334);
    ck_assert_uint_eq(load.quotas[LQ_QUOTA_COMMANDS].used, 3);
    lq_core_fixture_pass_ms(fixture, 500);
    explain("t");
    expect_at(0, "commands/s: of late a command was above it: 1 refused so far, the limit is 3");
    ck_assert_uint_eq(load.quotas[LQ_QUOTA_COMMANDS].left, 1);
    lq_core_fixture_settle(fixture);
    lq_core_fixture_pass_ms(fixture, 5000);
    explain("t");
    expect_at(0, "nothing: it has no work here");
}
END_TEST

/* Nothing of it is here, and nothing ever will be: its commands are larger than its quota. */
START_TEST(test_tenant_wait_for_a_quota_that_is_too_small)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_MAILBOX_BYTES, 4);
    submit("t", 2);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "mailbox-bytes: of late a command was above it: 2 refused so far, the limit is 4");
    ck_assert_uint_eq(load.quotas[LQ_QUOTA_MAILBOX_BYTES].used, 0);
}
END_TEST

START_TEST(test_tenant_wait_for_letters)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    config.tenant_quotas[LQ_QUOTA_LETTERS] = 2;
    lq_core_case_reopen(&config);
    submit("t", 5);
    lq_core_fixture_settle_with_poison(fixture, 1, true);
    explain("t");
    expect_at(0, "letters: 2 of 2 open: 3 of its sessions wait for room (lqctl dlq drain, purge or "
                 "redrive)");
    ck_assert_uint_eq(wait.count, 1);
    ck_assert_uint_eq(load.quotas[LQ_QUOTA_LETTERS].used, 2);
}
END_TEST

/* The fixture's actors hold two batches of 16: what is above that waits. */
START_TEST(test_tenant_wait_behind_others)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.tenant_executions_max = 64;
    config.executions_max = 512;
    lq_core_case_reopen(&config);
    submit("t", 40);
    lq_core_fixture_turn(fixture);
    explain("t");
    uint32_t waiting = load.stages[0].waiting;
    char sentence[100];
    ck_assert_uint_gt(waiting, 0);
    ck_assert_uint_eq(waiting + load.stages[0].in_flight, 40);
    snprintf(sentence, sizeof sentence,
             "%u of its tasks wait at load, behind nobody else's: 1 actor serves it", waiting);
    expect_at(0, sentence);
    submit("u", 20);
    submit("v", 20);
    lq_core_fixture_turn(fixture);
    explain("t");
    snprintf(sentence, sizeof sentence,
             "%u of its tasks wait at load, behind 2 other tenants; it gets 1/3 of the time",
             load.stages[0].waiting);
    expect_at(0, sentence);
    ck_assert_uint_eq(wait.count, 1);
    struct lq_core_flow *flow = own_flow();
    flow->balance_ns = -1234567;
    explain("t");
    expect_at(0, sentence);
    expect_at(1, "its flow at load is 1.2 ms in debt: it has used more than its share");
    ck_assert_uint_eq(load.debt_us, 1234);
}
END_TEST

/* Nobody else waits there, so its debt keeps nothing from being served. */
START_TEST(test_tenant_wait_in_debt_but_alone)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.tenant_executions_max = 64;
    config.executions_max = 512;
    lq_core_case_reopen(&config);
    submit("t", 40);
    lq_core_fixture_turn(fixture);
    own_flow()->balance_ns = -1234567;
    explain("t");
    ck_assert_uint_eq(wait.count, 1);
}
END_TEST

START_TEST(test_tenant_wait_for_suspects)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_turn(fixture);
    own_flow()->suspects.count = 2; /* no step comes that would look for them */
    explain("t");
    expect_at(wait.count - 1,
              "2 of its ticks go on alone at load, one at a time: an actor died on them");
    own_flow()->suspects.count = 0;
}
END_TEST

/* The letters are full, and another tenant's did it. */
START_TEST(test_tenant_wait_for_the_clusters_letters)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    config.letters_max = 2;
    lq_core_case_reopen(&config);
    submit("t", 3);
    lq_core_fixture_settle_with_poison(fixture, 1, true);
    explain("t");
    ck_assert_uint_eq(load.quotas[LQ_QUOTA_LETTERS].used, 1); /* as many as are free */
    expect_at(0, "the cluster's letters: 1 of 2 open: 2 of its sessions wait for room (lqctl dlq "
                 "drain, purge or redrive)");
}
END_TEST

START_TEST(test_tenant_wait_for_an_operator)
{
    lq_core_case_open_without_retries();
    lq_core_case_park("s0", 1);
    explain("t");
    expect_at(0, "1 session is parked (lqctl session resume --tenant t)");
    ck_assert_uint_eq(load.sessions_parked, 1);
    lq_core_case_park("s1", 1);
    explain("t");
    expect_at(0, "2 sessions are parked (lqctl session resume --tenant t)");
    lq_core_fixture_resume(fixture, "t", "s0", "");
    explain("t");
    expect_at(0, "1 session is parked (lqctl session resume --tenant t)");
    lq_core_fixture_life(fixture, "s2", &(struct lq_session_life){.stopped = true, .rate = {0, 1}});
    explain("t");
    expect_at(1, "1 session is stopped by an operator (lqctl session start)");
}
END_TEST

/* The writer dies with two of its ticks. */
START_TEST(test_tenant_wait_for_a_commit_in_doubt)
{
    submit("t", 2);
    lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    lq_core_fixture_die(fixture, 4);
    lq_core_fixture_pass_ms(fixture, 1000);
    explain("t");
    expect_at(0, "2 of its ticks wait to hear from persist whether they are committed");
    ck_assert_uint_eq(wait.count, 1);
}
END_TEST

/* A retry waits: 5 ms. */
START_TEST(test_tenant_wait_for_the_next_try)
{
    submit("t", 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Some.Error", 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_turn(fixture);
    explain("t");
    expect_at(0, "1 of its ticks waits for its next try, or for what became of its actor");
    ck_assert_uint_eq(wait.count, 1);
}
END_TEST

TCase *lq_test_tenant_wait(void);
TCase *lq_test_tenant_wait(void)
{
    TCase *tc = tcase_create("tenant_wait");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_tenant_wait_for_nothing);
    tcase_add_test(tc, test_tenant_wait_for_an_actor);
    tcase_add_test(tc, test_tenant_wait_for_a_paused_store);
    tcase_add_test(tc, test_tenant_wait_for_executions);
    tcase_add_test(tc, test_tenant_wait_for_its_part_of_the_cluster);
    tcase_add_test(tc, test_tenant_wait_for_tokens);
    tcase_add_test(tc, test_tenant_wait_for_a_quota_that_is_too_small);
    tcase_add_test(tc, test_tenant_wait_for_letters);
    tcase_add_test(tc, test_tenant_wait_behind_others);
    tcase_add_test(tc, test_tenant_wait_in_debt_but_alone);
    tcase_add_test(tc, test_tenant_wait_for_suspects);
    tcase_add_test(tc, test_tenant_wait_for_the_clusters_letters);
    tcase_add_test(tc, test_tenant_wait_for_an_operator);
    tcase_add_test(tc, test_tenant_wait_for_a_commit_in_doubt);
    tcase_add_test(tc, test_tenant_wait_for_the_next_try);
    return tc;
}

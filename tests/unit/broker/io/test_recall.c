// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/recall.h"

#include "base/clock.h"
#include "broker/io/effect_runner.h"
#include "proto/admin_codec.h"
#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static void *core_memory;
static struct lq_core_feed feed;
static struct lq_effect_runner runner;
static struct lq_actor_orders orders;
static struct lq_storage_port storage;
static struct lq_message_memory memory;
static struct lq_recall recall;
static struct lq_status status;

static void describe_state(struct lq_plan_state *state, const char *stage, uint32_t next)
{
    snprintf(state->name, sizeof state->name, "%s", stage);
    snprintf(state->stage, sizeof state->stage, "%s", stage);
    state->version = 1;
    state->timeout_ms = 900;
    state->next = next;
}

/* A core that has just begun. Of the ports that its effects go out by there is the one to the
 * store; what it posts waits for ever. */
static void open_feed(void)
{
    struct lq_broker_core_config config = {
        .epoch = 8,
        .seed = 1,
        .sessions_max = 16,
        .tenants_max = 4,
        .commands_max = 64,
        .executions_max = 16,
        .letters_max = 16,
        .durability = {.policy = LQ_DURABILITY_LOCAL},
        .held_answers_max = 16,
        .streams_max = 4,
        .mailbox_commands_max = 64,
        .tenant_commands_max = 64,
        .tenant_executions_max = 16,
        .batch_commands_max = 64,
        .batch_us = 3000,
        .payload_bytes_max = 1 << 20,
        .silence_ms = 3000,
        .orphan_wait_ms = 1000,
    };

    describe_state(&config.pipeline.states[0], "load", 1);
    describe_state(&config.pipeline.states[1], "persist", LQ_STATE_NONE);
    config.pipeline.state_count = 2;
    config.pipeline.persist = 1;
    config.pipeline.tick_timeout_ms = 10000;
    size_t bytes = lq_broker_core_bytes(&config);
    core_memory = calloc(1, bytes);
    ck_assert_ptr_nonnull(core_memory);
    lq_storage_fixture_open();
    lq_message_memory_open(&memory);
    storage = (struct lq_storage_port){.feed = &feed,
                                       .thread = lq_storage_thread_new(lq_storage_fixture_store)};
    orders = (struct lq_actor_orders){.feed = &feed, .memory = &memory};
    runner = (struct lq_effect_runner){
        .orders = &orders, .storage = &storage, .buffers = lq_payload_buffers_new()};
    lq_core_feed_open(&feed, lq_broker_core_new(&config, core_memory, bytes), &runner, 8);
    feed.now_ns = LQ_NS_PER_S;
    recall = (struct lq_recall){.feed = &feed, .buffers = runner.buffers, .memory = &memory};
}

static void close_feed(void)
{
    lq_core_feed_close(&feed);
    lq_storage_thread_destroy(&storage.thread);
    lq_payload_buffers_destroy(&runner.buffers);
    lq_message_memory_close(&memory);
    lq_storage_fixture_close();
    free(core_memory);
}

static void run(void)
{
    ck_assert_int_eq(lq_recall_run(&recall, lq_storage_fixture_store), LQ_OK);
    memset(&status, 0, sizeof status);
    lq_broker_core_status(feed.core, feed.now_ns, &status);
}

START_TEST(test_nothing_was_left)
{
    run();
    ck_assert_uint_eq(status.sessions_resident, 0);
    ck_assert_uint_eq(status.letters_open, 0);
}
END_TEST

START_TEST(test_what_was_kept_is_known_again)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_LIVE);

    lq_storage_job_name(job, lq_session_names_of("demo", "s2"));
    job->rate = (struct lq_session_rate){20, 1};
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    job = lq_storage_fixture_letter(5, "persist", 11);
    job->parks = true;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    run();
    ck_assert_uint_eq(status.sessions_live, 1);
    ck_assert_uint_eq(status.sessions_parked, 1);
    ck_assert_uint_eq(status.letters_open, 1);
    ck_assert_uint_eq(status.mailbox_commands, 0);
}
END_TEST

static void keep_quota(const char *tenant, uint64_t weight)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_QUOTA);

    lq_storage_job_name(job, lq_session_names_of(tenant, ""));
    job->quota.given = job->quota.to.own = 1u << LQ_QUOTA_WEIGHT;
    job->quota.to.limits[LQ_QUOTA_WEIGHT] = weight;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
}

/* Four may be at work, so as many may have quotas; the one too many is said in the log. */
START_TEST(test_quotas_are_in_force_again)
{
    static const char *const tenants[] = {"a", "b", "c", "d", "e"};
    struct lq_quota quota;

    for (uint32_t index = 0; index < 5; index++) {
        keep_quota(tenants[index], 10 + index);
    }
    run();
    for (uint32_t index = 0; index < 5; index++) {
        lq_broker_core_quota(feed.core, lq_view_text(tenants[index]), &quota);
        ck_assert_uint_eq(quota.limits[LQ_QUOTA_WEIGHT], index < 4 ? 10 + index : 1);
    }
}
END_TEST

/* A letter under way in a redrive goes on under way, with its command. A tombstone is nothing. */
START_TEST(test_redrive_goes_on)
{
    uint64_t ids[] = {5, 6};
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_REDRIVE_LETTERS, .letter_id_count = 2, .letter_ids = ids};
    struct lq_admin_reply reply;

    lq_storage_fixture_put(5, "persist", 11);
    lq_storage_fixture_put(6, "persist", 12);
    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_LETTER_DONE);
    job->letter_id = 6;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    run();
    ck_assert_uint_eq(status.letters_open, 1);
    ck_assert_uint_eq(status.mailbox_commands, 1);
    ck_assert_uint_eq(status.sessions_resident, 1);
}
END_TEST

START_TEST(test_entry_that_does_not_open_is_left_alone)
{
    ck_assert_int_eq(lq_broker_store_begin(lq_storage_fixture_store), LQ_OK);
    for (enum lq_broker_table table = LQ_BROKER_TABLE_LIVE; table <= LQ_BROKER_TABLE_LAST;
         table++) {
        if (!lq_broker_table_is_told_of(table)) {
            continue;
        }
        ck_assert_int_eq(lq_broker_store_put(lq_storage_fixture_store, table,
                                             lq_view_text("no-nul"), lq_view_text("odd")),
                         LQ_OK);
    }
    ck_assert_int_eq(lq_broker_store_commit(lq_storage_fixture_store), LQ_OK);
    lq_storage_fixture_put(5, "persist", 11);
    run();
    ck_assert_uint_eq(status.letters_open, 1); /* the others are read all the same */
    ck_assert_uint_eq(status.sessions_live, 0);
    ck_assert_uint_eq(status.sessions_parked, 0);
}
END_TEST

TCase *lq_test_recall(void)
{
    TCase *tcase = tcase_create("recall");

    tcase_add_checked_fixture(tcase, open_feed, close_feed);
    tcase_add_test(tcase, test_nothing_was_left);
    tcase_add_test(tcase, test_what_was_kept_is_known_again);
    tcase_add_test(tcase, test_quotas_are_in_force_again);
    tcase_add_test(tcase, test_redrive_goes_on);
    tcase_add_test(tcase, test_entry_that_does_not_open_is_left_alone);
    return tcase;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Reports in their order, of one writer and of several; who is asked to say everything anew. */
#include "broker/io/mirror_port.h"

#include "base/clock.h"
#include "broker/io/effect_runner.h"
#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static void *core_memory;
static struct lq_core_feed feed;
static struct lq_effect_runner runner;
static struct lq_actor_orders orders_of_actors;
static struct lq_message_memory memory;
static struct lq_mirror_port port;
static struct lq_admin_reply answer;
static struct lq_stream_progress stream;

static void open_port(void)
{
    struct lq_broker_core_config config = {
        .epoch = 8,
        .seed = 1,
        .sessions_max = 4,
        .tenants_max = 2,
        .commands_max = 4,
        .executions_max = 4,
        .letters_max = 4,
        .durability = {.policy = LQ_DURABILITY_LOCAL},
        .held_answers_max = 4,
        .streams_max = 2,
        .mailbox_commands_max = 4,
        .tenant_commands_max = 4,
        .tenant_executions_max = 4,
        .batch_commands_max = 4,
        .batch_us = 3000,
        .payload_bytes_max = 1 << 20,
        .silence_ms = 3000,
        .orphan_wait_ms = 1000,
    };

    snprintf(config.pipeline.states[0].stage, sizeof config.pipeline.states[0].stage, "load");
    snprintf(config.pipeline.states[1].stage, sizeof config.pipeline.states[1].stage, "persist");
    config.pipeline.states[0].next = 1;
    config.pipeline.states[1].next = LQ_STATE_NONE;
    config.pipeline.state_count = 2;
    config.pipeline.persist = 1;
    size_t bytes = lq_broker_core_bytes(&config);
    core_memory = calloc(1, bytes);
    ck_assert_ptr_nonnull(core_memory);
    lq_message_memory_open(&memory);
    orders_of_actors = (struct lq_actor_orders){.feed = &feed, .memory = &memory};
    runner = (struct lq_effect_runner){.orders = &orders_of_actors};
    lq_core_feed_open(&feed, lq_broker_core_new(&config, core_memory, bytes), &runner, 8);
    feed.now_ns = 100 * LQ_NS_PER_S;
    memset(&port, 0, sizeof port);
    port.feed = &feed;
}

static void close_port(void)
{
    lq_core_feed_close(&feed);
    lq_message_memory_close(&memory);
    free(core_memory);
}

/* A report of a writer about tenant t. Whether it was taken. */
static bool report(uint8_t writer, uint64_t claim, uint64_t number, uint64_t ledger_sequence)
{
    struct lq_mirror_report said = {.writer = {writer},
                                    .claim = claim,
                                    .number = number,
                                    .stream_count = 1,
                                    .streams = &stream,
                                    .policies = UINT64_C(8) << 32};
    struct lq_admin_request request = {.kind = LQ_ADMIN_REPORT_MIRROR, .tag = 5, .mirror = &said};

    stream = (struct lq_stream_progress){lq_view_text("t"), ledger_sequence, 0, 0};
    ck_assert(lq_mirror_port_answer(&port, 1, &request, &answer));
    ck_assert_uint_eq(answer.tag, 5);
    return answer.result == LQ_OK;
}

static const struct lq_mirror_state *show(void)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_MIRROR};

    ck_assert(lq_mirror_port_answer(&port, 1, &request, &answer));
    ck_assert_ptr_nonnull(answer.mirror);
    return answer.mirror;
}

START_TEST(test_mirror_none_has_reported)
{
    ck_assert(!show()->reported);
    ck_assert_uint_eq(answer.mirror->tenant_count, 0);
    ck_assert_uint_eq(answer.mirror->held_max, 4);
}
END_TEST

START_TEST(test_mirror_reports_in_their_order)
{
    ck_assert(report(1, 3, 1, 10));
    ck_assert(!answer.orders->again);
    ck_assert(report(1, 3, 2, 12));
    ck_assert(!answer.orders->again);
    ck_assert(report(1, 3, 2, 12)); /* said again: its answer was lost */
    ck_assert(!answer.orders->again);
    ck_assert(report(1, 3, 4, 20)); /* one is missing */
    ck_assert(answer.orders->again);
    ck_assert_uint_eq(show()->tenants[0].progress.ledger_sequence, 20);
    ck_assert(report(1, 3, 1, 20));
    ck_assert(!answer.orders->again);
    ck_assert_uint_eq(show()->report.claim, 3);
}
END_TEST

/* A broker that has started since has heard of nothing. */
START_TEST(test_mirror_that_goes_on_is_asked_for_all)
{
    ck_assert(report(1, 3, 7, 10));
    ck_assert(answer.orders->again);
    ck_assert_uint_eq(show()->tenants[0].progress.ledger_sequence, 10);
}
END_TEST

START_TEST(test_mirror_of_a_lower_claim_is_an_earlier_one)
{
    ck_assert(report(2, 4, 1, 10));
    ck_assert(!report(1, 3, 2, 99));
    ck_assert_int_eq(answer.result, LQ_ERR_STALE);
    ck_assert_uint_eq(show()->tenants[0].progress.ledger_sequence, 10);
    feed.now_ns += 11 * LQ_NS_PER_S; /* the other one is gone: it may have had another table */
    ck_assert(report(1, 3, 3, 5));
    ck_assert(answer.orders->again);
    ck_assert_uint_eq(show()->tenants[0].progress.ledger_sequence, 5);
    ck_assert_uint_eq(show()->age_ms, 0);
}
END_TEST

START_TEST(test_mirror_that_is_over)
{
    struct lq_mirror_report said = {
        .writer = {1}, .claim = 3, .number = 2, .over = lq_view_text("another writer")};
    struct lq_admin_request request = {.kind = LQ_ADMIN_REPORT_MIRROR, .mirror = &said};

    ck_assert(report(1, 3, 1, 10));
    ck_assert(lq_mirror_port_answer(&port, 1, &request, &answer));
    ck_assert(lq_view_equal(show()->report.over, lq_view_text("another writer")));
    ck_assert(report(2, 1, 1, 10)); /* the next one, whatever its claim */
    ck_assert_uint_eq(show()->report.over.bytes, 0);
}
END_TEST

START_TEST(test_mirror_reports_that_are_none)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_REPORT_MIRROR};

    ck_assert(lq_mirror_port_answer(&port, 1, &request, &answer));
    ck_assert_int_eq(answer.result, LQ_ERR_INVALID);
    ck_assert(!report(1, 1, 0, 1));
    ck_assert_int_eq(answer.result, LQ_ERR_INVALID);
    ck_assert(!show()->reported);
}
END_TEST

START_TEST(test_mirror_hears_of_policies_when_they_change)
{
    const struct lq_durability own = {true, LQ_DURABILITY_MIRRORED, 200, 0};
    struct lq_broker_event event = {
        .kind = LQ_ON_DURABILITY, .names = lq_session_names_of("t", ""), .durability = &own};

    ck_assert(report(1, 3, 1, 10)); /* it knows them as they are */
    ck_assert_uint_eq(answer.orders->policy_count, 0);
    lq_core_feed_step(&feed, &event);
    ck_assert(report(1, 3, 2, 10));
    ck_assert_uint_eq(answer.orders->policy_count, 2);
    ck_assert_uint_eq(answer.orders->list[0].tenant.bytes, 0);
    ck_assert_uint_eq(answer.orders->list[1].durability.flush_ms, 200);
    ck_assert_int_eq(show()->tenants[0].policy.durability.policy, LQ_DURABILITY_MIRRORED);
}
END_TEST

START_TEST(test_durability_shown_and_tried)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_DURABILITY,
                                       .tenant = lq_view_text("t")};

    ck_assert(lq_mirror_port_answer(&port, 1, &request, &answer));
    ck_assert(answer.has_durability);
    ck_assert(!answer.durability.own);
    ck_assert_int_eq(answer.durability.policy, LQ_DURABILITY_LOCAL);
    request.kind = LQ_ADMIN_SET_DURABILITY;
    ck_assert(lq_mirror_port_answer(&port, 1, &request, &answer));
    ck_assert_int_eq(answer.result, LQ_ERR_INVALID); /* it names none */
    request.has_durability = true;
    request.durability = (struct lq_durability){true, LQ_DURABILITY_MIRRORED, 0, 0};
    request.dry_run = true;
    ck_assert(lq_mirror_port_answer(&port, 1, &request, &answer));
    ck_assert_int_eq(answer.durability.policy, LQ_DURABILITY_MIRRORED);
    request.tenant = lq_view_text("../t");
    ck_assert(lq_mirror_port_answer(&port, 1, &request, &answer));
    ck_assert_int_eq(answer.result, LQ_ERR_INVALID);
}
END_TEST

TCase *lq_test_mirror_port(void)
{
    TCase *tc = tcase_create("mirror_port");

    tcase_add_checked_fixture(tc, open_port, close_port);
    tcase_add_test(tc, test_mirror_none_has_reported);
    tcase_add_test(tc, test_mirror_reports_in_their_order);
    tcase_add_test(tc, test_mirror_that_goes_on_is_asked_for_all);
    tcase_add_test(tc, test_mirror_of_a_lower_claim_is_an_earlier_one);
    tcase_add_test(tc, test_mirror_that_is_over);
    tcase_add_test(tc, test_mirror_reports_that_are_none);
    tcase_add_test(tc, test_mirror_hears_of_policies_when_they_change);
    tcase_add_test(tc, test_durability_shown_and_tried);
    return tc;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Each quota at its bound: what is above is named, nobody else hears of it, the counts add up. */
#include "broker/core/tenant_quota.h"

#include "base/clock.h"
#include "broker/core/tenant.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

static const struct lq_core_tenant *tenant_of(const char *name)
{
    struct lq_hashed_names key = lq_hashed_names_of(lq_session_names_of(name, ""));
    uint32_t tenant = lq_tenant_find(fixture->core, &key);

    ck_assert_uint_ne(tenant, 0);
    return &fixture->core->tenants[tenant];
}

static uint64_t submit(const char *tenant, const char *session)
{
    return lq_core_fixture_submit(fixture, tenant, session, 1, fixture->next_tag + 1);
}

static uint32_t admits(const char *tenant)
{
    return lq_broker_core_admits(fixture->core, lq_view_text(tenant), fixture->now_ns);
}

/* The answer to a refusal; its reason begins like that. */
static const struct lq_fixture_answer *refused(uint64_t tag, const char *reason)
{
    const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tag);

    ck_assert_ptr_nonnull(answer);
    ck_assert_int_eq(answer->outcome, LQ_OUTCOME_UNUSED);
    ck_assert_msg(strncmp(answer->reason, reason, strlen(reason)) == 0, "%s", answer->reason);
    return answer;
}

static void waits(uint64_t tag)
{
    const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tag);

    ck_assert_msg(answer == NULL, "%s", answer != NULL ? answer->reason : "");
}

static void applied(uint64_t tag)
{
    ck_assert_ptr_nonnull(lq_core_fixture_answer(fixture, tag));
    ck_assert_int_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
}

/* ---- limits ---- */

START_TEST(test_tenant_quota_own_or_the_configurations)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    struct lq_quota quota;

    config.tenant_quotas[LQ_QUOTA_TICKS] = 50;
    lq_core_case_reopen(&config);
    lq_broker_core_quota(fixture->core, lq_view_text("t"), &quota);
    ck_assert_uint_eq(quota.own, 0);
    ck_assert_uint_eq(quota.limits[LQ_QUOTA_TICKS], 50);
    ck_assert_uint_eq(quota.limits[LQ_QUOTA_WEIGHT], 1);
    ck_assert_uint_eq(quota.limits[LQ_QUOTA_EXECUTIONS], config.tenant_executions_max);
    ck_assert(quota.limits[LQ_QUOTA_COMMANDS] == LQ_QUOTA_NO_LIMIT);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_TICKS, LQ_QUOTA_NO_LIMIT);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_WEIGHT, 9);
    lq_broker_core_quota(fixture->core, lq_view_text("t"), &quota);
    ck_assert_uint_eq(quota.own, 1u << LQ_QUOTA_TICKS | 1u << LQ_QUOTA_WEIGHT);
    ck_assert(quota.limits[LQ_QUOTA_TICKS] == LQ_QUOTA_NO_LIMIT);
    ck_assert_uint_eq(quota.limits[LQ_QUOTA_WEIGHT], 9);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_TICKS, 0);
    lq_broker_core_quota(fixture->core, lq_view_text("t"), &quota);
    ck_assert_uint_eq(quota.limits[LQ_QUOTA_TICKS], 50);
    ck_assert_uint_eq(quota.limits[LQ_QUOTA_WEIGHT], 9);
}
END_TEST

/* ---- commands a second ---- */

START_TEST(test_tenant_quota_commands_are_refused_with_the_time)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_COMMANDS, 3);
    ck_assert_uint_eq(admits("t"), 3);
    for (uint32_t count = 0; count < 3; count++) {
        waits(submit("t", "s"));
    }
    ck_assert_uint_eq(admits("t"), 0);
    ck_assert_uint_eq(refused(submit("t", "s"), "TENANT_QUOTA: commands/s")->again_ms, 334);
    ck_assert_uint_eq(refused(submit("t", "never-seen"), "TENANT_QUOTA: commands/s")->again_ms,
                      334);
    waits(submit("u", "s"));
    lq_core_fixture_settle(fixture);
    lq_core_fixture_pass_ms(fixture, 333);
    ck_assert_uint_eq(refused(submit("t", "s"), "TENANT_QUOTA: commands/s")->again_ms, 1);
    lq_core_fixture_pass_ms(fixture, 1);
    waits(submit("t", "s"));
    refused(submit("t", "s"), "TENANT_QUOTA: commands/s");
    ck_assert_uint_eq(tenant_of("t")->refused[LQ_QUOTA_COMMANDS], 4);
    ck_assert_uint_eq(tenant_of("u")->refused[LQ_QUOTA_COMMANDS], 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->commands_refused, 4);
}
END_TEST

/* Others hear of it with the first one that is refused, then once a minute at most. */
START_TEST(test_tenant_quota_exceeded_is_told_once_a_minute)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_COMMANDS, 1);
    waits(submit("t", "s"));
    ck_assert_uint_eq(fixture->quota_tells, 0);
    refused(submit("t", "s"), "TENANT_QUOTA: commands/s");
    ck_assert_uint_eq(fixture->quota_tells, 1);
    ck_assert_str_eq(fixture->quota_told, "t commands/s 1 1");
    refused(submit("t", "s"), "TENANT_QUOTA: commands/s");
    refused(submit("t", "s"), "TENANT_QUOTA: commands/s");
    ck_assert_uint_eq(fixture->quota_tells, 1);
    lq_core_fixture_settle(fixture);
    lq_core_fixture_pass_ms(fixture, 60000);
    waits(submit("t", "s"));
    ck_assert_uint_eq(fixture->quota_tells, 1);
    refused(submit("t", "s"), "TENANT_QUOTA: commands/s");
    ck_assert_uint_eq(fixture->quota_tells, 2);
    ck_assert_str_eq(fixture->quota_told, "t commands/s 1 3");
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_MAILBOX_BYTES, 1); /* another quota, at once */
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_COMMANDS, 0);
    refused(submit("t", "s"), "TENANT_QUOTA: mailbox-bytes");
    ck_assert_uint_eq(fixture->quota_tells, 3);
    ck_assert_str_eq(fixture->quota_told, "t mailbox-bytes 1 1");
}
END_TEST

/* What was admitted is answered again at no cost: while it waits, and out of its letter. */
START_TEST(test_tenant_quota_copies_cost_nothing)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_COMMANDS, 2);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    for (uint32_t count = 0; count < 5; count++) {
        waits(lq_core_fixture_submit(fixture, "t", "s", 1, 1));
    }
    ck_assert_uint_eq(admits("t"), 1);
    lq_core_fixture_settle_with_poison(fixture, 1, true);
    lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    ck_assert_uint_eq(admits("t"), 0);
    waits(lq_core_fixture_submit(fixture, "t", "s", 1, 2));
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    ck_assert_int_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_uint_eq(tenant_of("t")->refused[LQ_QUOTA_COMMANDS], 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->resends, 6);
}
END_TEST

START_TEST(test_tenant_quota_redrive_is_not_counted)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_COMMANDS, 1);
    lq_core_case_die_once("s", 1, 1);
    refused(submit("t", "s"), "TENANT_QUOTA: commands/s");
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(fixture->changes[0].done);
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_uint_eq(admits("t"), 1); /* it took no token */
}
END_TEST

/* Whoever is refused for something else may use the token for what comes next. */
START_TEST(test_tenant_quota_other_refusals_take_no_token)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.mailbox_commands_max = 1;
    lq_core_case_reopen(&config);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_COMMANDS, 3);
    submit("t", "s");
    refused(submit("t", "s"), "MAILBOX_FULL");
    refused(submit("t", "s"), "MAILBOX_FULL");
    ck_assert_uint_eq(admits("t"), 2);
    lq_core_fixture_pause(fixture, 4, "disk full");
    ck_assert_uint_eq(admits("t"), 0);
    refused(submit("t", "z"), "BROKER_PAUSED");
    lq_core_fixture_pause(fixture, 4, NULL);
    ck_assert_uint_eq(admits("t"), 2);
    ck_assert_uint_eq(tenant_of("t")->refused[LQ_QUOTA_COMMANDS], 0);
}
END_TEST

/* A command that the shell did not even bring along is a copy or refused. */
START_TEST(test_tenant_quota_nothing_without_a_buffer_is_kept)
{
    struct lq_broker_event event = {.kind = LQ_ON_SUBMIT,
                                    .peer = 1000,
                                    .tag = 777,
                                    .names = lq_session_names_of("t", "s"),
                                    .client = lq_core_fixture_client(1),
                                    .sequence = 1,
                                    .payload = {.bytes = 10}};

    lq_core_fixture_step(fixture, &event);
    refused(777, "TENANT_QUOTA: behind one");
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_COMMANDS, 1);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    event.tag = 778;
    lq_core_fixture_step(fixture, &event);
    waits(778);
    event.sequence = 2;
    event.tag = 779;
    lq_core_fixture_step(fixture, &event);
    ck_assert_uint_eq(refused(779, "TENANT_QUOTA: commands/s")->again_ms, 1000);
    lq_core_fixture_settle(fixture);
    applied(778);
}
END_TEST

/* A pause of the tenant does not fill its bucket, and nothing runs meanwhile. */
START_TEST(test_tenant_quota_bucket_outlives_a_pause)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_COMMANDS, 2);
    submit("t", "s");
    submit("t", "s");
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
    refused(submit("t", "s"), "TENANT_QUOTA: commands/s");
    lq_core_fixture_pass_ms(fixture, 400);
    refused(submit("t", "s"), "TENANT_QUOTA: commands/s");
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_uint_eq(admits("t"), 2);
}
END_TEST

/* ---- bytes and sessions ---- */

START_TEST(test_tenant_quota_mailbox_bytes)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_MAILBOX_BYTES, 25);
    submit("t", "a");
    submit("t", "b");
    refused(submit("t", "a"), "TENANT_QUOTA: mailbox-bytes"); /* 30 of 25 */
    waits(submit("u", "a"));
    lq_core_fixture_turn(fixture); /* under way is not answered */
    refused(submit("t", "a"), "TENANT_QUOTA: mailbox-bytes");
    ck_assert_uint_eq(tenant_of("t")->refused[LQ_QUOTA_MAILBOX_BYTES], 2);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->commands_refused, 2);
    lq_core_fixture_settle(fixture);
    waits(submit("t", "a"));
}
END_TEST

START_TEST(test_tenant_quota_payload_bytes)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_PAYLOAD_BYTES, 105);
    uint64_t first = submit("t", "a");
    uint64_t second = submit("t", "b");
    lq_core_fixture_turn(fixture);
    lq_core_fixture_serve(fixture, LQ_LOAD); /* worlds of 100 bytes each */
    refused(submit("t", "a"), "TENANT_QUOTA: payload-bytes");
    ck_assert_uint_eq(admits("t"), 0);
    uint64_t other = submit("u", "a");
    lq_core_fixture_settle(fixture);
    applied(first);
    applied(second);
    applied(other);
    ck_assert_uint_eq(tenant_of("t")->payload_bytes, 0);
    ck_assert_uint_eq(tenant_of("t")->refused[LQ_QUOTA_PAYLOAD_BYTES], 1);
    waits(submit("t", "a"));
}
END_TEST

/* Ticks do not open while the worlds of others under way are too many, but one always may. */
START_TEST(test_tenant_quota_payload_bytes_hold_back_ticks)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_PAYLOAD_BYTES, 60);
    submit("t", "a");
    lq_core_fixture_turn(fixture);
    submit("t", "b");
    submit("t", "c");
    lq_core_fixture_serve(fixture, LQ_LOAD);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 3);
}
END_TEST

START_TEST(test_tenant_quota_sessions_live)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_SESSIONS_LIVE, 2);
    lq_core_fixture_live(fixture, "t", "grid", 10, 1);
    waits(submit("t", "a"));
    refused(submit("t", "b"), "TENANT_QUOTA: sessions-live");
    waits(submit("t", "a"));
    waits(submit("t", "grid"));
    waits(submit("u", "b"));
    lq_core_fixture_admin_live(fixture, "t", "b2");
    ck_assert_uint_eq(fixture->admin_failed, 1);
    ck_assert_str_eq(fixture->admin_reason, "TENANT_QUOTA: sessions-live");
    lq_core_fixture_admin_live(fixture, "t", "grid"); /* made before: persist says so */
    lq_core_fixture_admin_live(fixture, "u", "b2");
    ck_assert_uint_eq(fixture->admin_failed, 1);
    ck_assert_uint_eq(tenant_of("t")->refused[LQ_QUOTA_SESSIONS_LIVE], 2);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->commands_refused, 1);
    ck_assert_uint_eq(fixture->core->counters.creations_refused, 1);
    lq_core_fixture_settle(fixture);
    waits(submit("t", "b"));
}
END_TEST

/* ---- ticks and executions ---- */

START_TEST(test_tenant_quota_command_ticks_wait_for_a_token)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_TICKS, 2);
    for (uint32_t session = 0; session < 5; session++) {
        char name[8];
        snprintf(name, sizeof name, "s%u", session);
        waits(submit("t", name));
    }
    uint64_t other = submit("u", "s");
    lq_core_fixture_settle(fixture);
    applied(other);
    ck_assert_uint_eq(fixture->ledger.entry_count, 3);
    ck_assert(lq_broker_core_next_wakeup_ns(fixture->core) == fixture->now_ns + LQ_NS_PER_S / 2);
    fixture->now_ns += LQ_NS_PER_S / 2 - 1;
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 3);
    fixture->now_ns += 1;
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 4);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_TICKS, 0); /* none any more: it goes on at once */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 6);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->commands_refused, 0);
}
END_TEST

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

/* Two sessions of 10 Hz, and 10 ticks a second for both: each gets its part, and what is lost is in
 * its records and not among the missed. */
START_TEST(test_tenant_quota_grid_ticks_above_are_lost)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_TICKS, 10);
    ck_assert_uint_eq(lq_ledger_model_session(&fixture->ledger, "t", "a"), 0);
    ck_assert_uint_eq(lq_ledger_model_session(&fixture->ledger, "t", "b"), 1);
    lq_core_fixture_live(fixture, "t", "a", 10, 1);
    lq_core_fixture_live(fixture, "t", "b", 10, 1);
    lq_core_fixture_live(fixture, "u", "a", 10, 1);
    run_ms(11000);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->missed_ticks, 0);
    uint32_t a = (uint32_t)fixture->ledger.sessions[0].steps;
    uint32_t b = (uint32_t)fixture->ledger.sessions[1].steps;
    uint64_t lost = tenant_of("t")->throttled_ticks;
    ck_assert_uint_le(a + b, 10 + 110); /* the burst of the start */
    ck_assert_uint_ge(a + b, 10 + 108);
    ck_assert_uint_ge(a, 50);
    ck_assert_uint_ge(b, 50);
    ck_assert_uint_ge(a + b + lost, 218); /* the last of each may still wait */
    ck_assert_uint_le(a + b + lost, 220);
    ck_assert_uint_eq(fixture->core->counters.throttled_ticks, lost);
    ck_assert_uint_eq(tenant_of("u")->throttled_ticks, 0);
    ck_assert_uint_eq(fixture->ledger.sessions[2].steps, 110);
}
END_TEST

/* A grid tick that finds commands takes them along, for one token. */
START_TEST(test_tenant_quota_tick_with_both_pays_once)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_TICKS, 1000);
    lq_core_fixture_live(fixture, "t", "a", 1, 1);
    while (fixture->publish_count == 0) {
        run_ms(1);
    }
    uint64_t tokens = lq_token_bucket_tokens(&tenant_of("t")->tick_bucket, 1000, fixture->now_ns);
    ck_assert_uint_eq(tokens, 999);
    run_ms(999);
    fixture->now_ns += LQ_NS_PER_MS;
    submit("t", "a");
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 2);
    ck_assert_uint_eq(fixture->publishes[1].steps, 1);
    ck_assert_uint_eq(fixture->publishes[1].command_count, 1);
    ck_assert_uint_eq(lq_token_bucket_tokens(&tenant_of("t")->tick_bucket, 1000, fixture->now_ns),
                      999);
}
END_TEST

START_TEST(test_tenant_quota_executions_wait)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_EXECUTIONS, 2);
    lq_core_case_submit_sessions(5); /* of t */
    uint64_t other = submit("u", "s");
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(tenant_of("t")->executions, 2);
    ck_assert_uint_eq(tenant_of("u")->executions, 1);
    lq_core_fixture_settle(fixture);
    applied(other);
    ck_assert_uint_eq(fixture->ledger.entry_count, 6);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->commands_refused, 0);
}
END_TEST

/* ---- letters ---- */

/* A tenant at its bound waits with its own dying sessions, and stands before no other's. */
START_TEST(test_tenant_quota_letters_of_one_block_no_other)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_LETTERS, 1);
    lq_core_case_die_once("a", 1, 1);
    uint64_t second = lq_core_case_die_once("b", 1, 1);
    ck_assert_uint_eq(fixture->letter_count, 1);
    waits(second);
    ck_assert_uint_eq(lq_broker_core_letters_waiting(fixture->core), 1);
    uint64_t other = lq_core_fixture_submit(fixture, "u", "a", 1, 1);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_int_eq(lq_core_fixture_answer(fixture, other)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_int_eq(lq_core_fixture_answer(fixture, second)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_uint_eq(tenant_of("t")->letters, 1);
    ck_assert_uint_eq(tenant_of("u")->letters, 1);
}
END_TEST

/* The cluster's bound is not one tenant's to use up: the first in the list may be one that waits
 * for its own. */
START_TEST(test_tenant_quota_letters_of_the_cluster_are_shared)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();
    char name[8];

    config.letters_max = 4;
    lq_core_case_reopen(&config);
    for (uint32_t session = 0; session < 4; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_case_die_once(name, 1, 1);
    }
    ck_assert_uint_eq(tenant_of("t")->letters, 2);
    ck_assert_uint_eq(lq_broker_core_letters_waiting(fixture->core), 2);
    uint64_t other = lq_core_fixture_submit(fixture, "u", "a", 1, 1);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_int_eq(lq_core_fixture_answer(fixture, other)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    uint64_t waiting = lq_core_fixture_submit(fixture, "u", "b", 1, 1);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    waits(waiting); /* it has one, and one is free */
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(tenant_of("t")->letters + tenant_of("u")->letters, 3);
}
END_TEST

/* Raised, or given back, it goes on at once. */
START_TEST(test_tenant_quota_letters_of_a_raised_quota)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_LETTERS, 1);
    lq_core_case_die_once("a", 1, 1);
    uint64_t second = lq_core_case_die_once("b", 1, 1);
    waits(second);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_LETTERS, 2);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_int_eq(lq_core_fixture_answer(fixture, second)->outcome, LQ_OUTCOME_DEAD_LETTERED);
}
END_TEST

/* ---- what all share ---- */

/* N flooders leave one part of N + 1 free, and a newcomer finds room. */
START_TEST(test_tenant_quota_flooders_leave_a_part_free)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    char name[8];

    config.commands_max = 120;
    lq_core_case_reopen(&config);
    for (uint32_t round = 0; round < 120; round++) {
        for (uint32_t flooder = 0; flooder < 3; flooder++) {
            snprintf(name, sizeof name, "f%u", flooder);
            lq_core_fixture_submit(fixture, name, "s", 1 + round / 60, round % 60 + 1);
        }
    }
    for (uint32_t flooder = 0; flooder < 3; flooder++) {
        snprintf(name, sizeof name, "f%u", flooder);
        ck_assert_uint_eq(tenant_of(name)->commands, 30);
        ck_assert_uint_eq(admits(name), 0);
        refused(lq_core_fixture_submit(fixture, name, "s", 9, 1),
                "BROKER_FULL: too many commands of this tenant");
    }
    ck_assert_uint_eq(admits("new"), 15);
    for (uint32_t count = 0; count < 15; count++) {
        waits(submit("new", "s"));
    }
    ck_assert_uint_eq(admits("new"), 0);
    refused(submit("new", "s"), "BROKER_FULL: too many commands of this tenant");
}
END_TEST

START_TEST(test_tenant_quota_sessions_are_shared)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    char name[8];

    config.sessions_max = 8;
    lq_core_case_reopen(&config);
    for (uint32_t session = 0; session < 4; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_live(fixture, "t", name, 1, 1);
    }
    refused(submit("t", "more"), "BROKER_FULL: too many sessions of this tenant");
    lq_core_fixture_admin_live(fixture, "t", "more");
    ck_assert_uint_eq(fixture->admin_failed, 1);
    ck_assert(strncmp(fixture->admin_reason, "BROKER_FULL: too many sessions", 30) == 0);
    waits(submit("u", "s"));
}
END_TEST

START_TEST(test_tenant_quota_executions_are_shared)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.executions_max = 8;
    lq_core_case_reopen(&config);
    lq_core_case_submit_sessions(12);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(tenant_of("t")->executions, 4);
    uint64_t other = submit("u", "s");
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(tenant_of("u")->executions, 1);
    lq_core_fixture_settle(fixture);
    applied(other);
    ck_assert_uint_eq(fixture->ledger.entry_count, 13);
}
END_TEST

START_TEST(test_tenant_quota_payload_bytes_are_shared)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.payload_bytes_max = 200;
    lq_core_case_reopen(&config);
    for (uint64_t sequence = 1; sequence <= 10; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    refused(submit("t", "s"), "BROKER_FULL: too many bytes of this tenant"); /* 110 of 100 */
    waits(submit("u", "s"));
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 11);
}
END_TEST

TCase *lq_test_tenant_quota(void);
TCase *lq_test_tenant_quota(void)
{
    TCase *tc = tcase_create("tenant_quota");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_tenant_quota_own_or_the_configurations);
    tcase_add_test(tc, test_tenant_quota_commands_are_refused_with_the_time);
    tcase_add_test(tc, test_tenant_quota_exceeded_is_told_once_a_minute);
    tcase_add_test(tc, test_tenant_quota_copies_cost_nothing);
    tcase_add_test(tc, test_tenant_quota_redrive_is_not_counted);
    tcase_add_test(tc, test_tenant_quota_other_refusals_take_no_token);
    tcase_add_test(tc, test_tenant_quota_nothing_without_a_buffer_is_kept);
    tcase_add_test(tc, test_tenant_quota_bucket_outlives_a_pause);
    tcase_add_test(tc, test_tenant_quota_mailbox_bytes);
    tcase_add_test(tc, test_tenant_quota_payload_bytes);
    tcase_add_test(tc, test_tenant_quota_payload_bytes_hold_back_ticks);
    tcase_add_test(tc, test_tenant_quota_sessions_live);
    tcase_add_test(tc, test_tenant_quota_command_ticks_wait_for_a_token);
    tcase_add_test(tc, test_tenant_quota_grid_ticks_above_are_lost);
    tcase_add_test(tc, test_tenant_quota_tick_with_both_pays_once);
    tcase_add_test(tc, test_tenant_quota_executions_wait);
    tcase_add_test(tc, test_tenant_quota_letters_of_one_block_no_other);
    tcase_add_test(tc, test_tenant_quota_letters_of_the_cluster_are_shared);
    tcase_add_test(tc, test_tenant_quota_letters_of_a_raised_quota);
    tcase_add_test(tc, test_tenant_quota_flooders_leave_a_part_free);
    tcase_add_test(tc, test_tenant_quota_sessions_are_shared);
    tcase_add_test(tc, test_tenant_quota_executions_are_shared);
    tcase_add_test(tc, test_tenant_quota_payload_bytes_are_shared);
    return tc;
}

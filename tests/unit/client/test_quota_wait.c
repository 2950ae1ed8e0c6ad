// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"
#include "client/quota_wait.h"
#include "proto/client_codec.h"
#include "tests/unit/client/client_cases.h"

#define MS LQ_NS_PER_MS
#define REASON lq_view_text("TENANT_QUOTA: commands/s")

static struct lq_quota_wait wait;
static uint32_t last_round;
static uint64_t mark; /* of the newest message */

static void open_wait(void)
{
    last_round = 0;
    mark = 0;
    lq_quota_wait_init(&wait, &last_round);
}

static void send(uint32_t count)
{
    lq_quota_wait_note_sent(&wait, count, ++mark);
}

/* What the broker asks for, at least our own least, at most our most; 0: our own. */
static const struct {
    uint32_t again_ms, wait_ms;
} rows[] = {
    {0, LQ_QUOTA_WAIT_MS_LEAST},
    {1, LQ_QUOTA_WAIT_MS_LEAST},
    {40, 40},
    {2500, 2500},
    {LQ_QUOTA_WAIT_MS_MAX + 1, LQ_QUOTA_WAIT_MS_MAX},
    {UINT32_MAX, LQ_QUOTA_WAIT_MS_MAX},
};

START_TEST(waits_as_long_as_it_is_told)
{
    uint64_t until_ns = 5 * MS + rows[_i].wait_ms * MS;

    ck_assert_uint_eq(lq_quota_wait_allows(&wait, 5 * MS), UINT32_MAX);
    ck_assert(lq_quota_wait_refuse(&wait, REASON, rows[_i].again_ms, 5 * MS));
    ck_assert_uint_eq(wait.until_ns, until_ns);
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, until_ns - 1), 0);
    ck_assert_uint_eq(wait.round, 1);
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, until_ns), 1);
    ck_assert_uint_eq(wait.round, 2);
    ck_assert_uint_eq(wait.until_ns, 0);
    ck_assert_uint_eq(wait.waits, 1);
    ck_assert_str_eq(wait.reason, "TENANT_QUOTA: commands/s");
}
END_TEST

/* Those that were behind it in the round: the same wait, or the longer one. */
START_TEST(more_refusals_of_a_round_are_one_wait)
{
    ck_assert(lq_quota_wait_refuse(&wait, REASON, 40, 0));
    ck_assert(!lq_quota_wait_refuse(&wait, REASON, 0, 5 * MS));
    ck_assert_uint_eq(wait.until_ns, 40 * MS);
    ck_assert(!lq_quota_wait_refuse(&wait, REASON, 50, 5 * MS));
    ck_assert_uint_eq(wait.until_ns, 55 * MS);
    ck_assert_uint_eq(wait.waits, 1);
}
END_TEST

/* The time that nobody named is doubled as long as nothing is accepted, up to a second. */
START_TEST(backs_off_until_something_is_accepted)
{
    uint64_t now_ns = 0;
    uint32_t expected = LQ_QUOTA_WAIT_MS_LEAST;

    for (uint32_t round = 0; round < 12; round++) {
        ck_assert_uint_gt(lq_quota_wait_allows(&wait, now_ns), 0);
        send(1);
        ck_assert(lq_quota_wait_refuse(&wait, REASON, 0, now_ns));
        ck_assert_uint_eq(wait.until_ns, now_ns + expected * MS);
        now_ns = wait.until_ns;
        expected =
            expected * 2 > LQ_QUOTA_WAIT_MS_OWN_MAX ? LQ_QUOTA_WAIT_MS_OWN_MAX : expected * 2;
    }
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, now_ns), 1);
    send(1);
    lq_quota_wait_accept(&wait, mark);
    ck_assert(lq_quota_wait_refuse(&wait, REASON, 0, now_ns));
    ck_assert_uint_eq(wait.until_ns, now_ns + LQ_QUOTA_WAIT_MS_LEAST * MS);
}
END_TEST

/* One command, then two, ...: each time on an answer to what was asked last. */
START_TEST(asks_with_ever_more_commands)
{
    uint32_t most = 1;

    ck_assert(lq_quota_wait_refuse(&wait, REASON, 10, 0));
    while (most <= LQ_SUBMIT_COMMANDS_MAX) {
        ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), most);
        send(1);
        uint64_t first = mark;
        ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), most - 1);
        if (most > 1) {
            send(most - 1); /* of several clients, in several messages */
        }
        ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), 0);
        lq_quota_wait_accept(&wait, first - 1); /* to what was asked before */
        ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), 0);
        lq_quota_wait_accept(&wait, first);
        lq_quota_wait_accept(&wait, mark); /* once, however many answers */
        most *= 2;
    }
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), UINT32_MAX);
    send(100000);
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), UINT32_MAX);
    ck_assert_uint_eq(wait.round, 2);
}
END_TEST

START_TEST(a_lost_message_does_not_stop_it)
{
    ck_assert(lq_quota_wait_refuse(&wait, REASON, 10, 0));
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), 1);
    send(1);
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), 0);
    lq_quota_wait_forget_sent(&wait);
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), 1);
}
END_TEST

START_TEST(another_broker_ends_it)
{
    ck_assert(lq_quota_wait_refuse(&wait, REASON, 5000, 0));
    lq_quota_wait_end(&wait);
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, 0), UINT32_MAX);
    ck_assert_uint_eq(wait.waits, 1);
}
END_TEST

START_TEST(rounds_are_told_apart_by_tags)
{
    wait.round = UINT32_MAX;
    last_round = UINT32_MAX;
    ck_assert(lq_quota_wait_is_round(&wait, LQ_QUOTA_WAIT_ROUND_MASK));
    ck_assert(lq_quota_wait_refuse(&wait, REASON, 10, 0));
    ck_assert_uint_gt(lq_quota_wait_allows(&wait, 10 * MS), 0);
    ck_assert_uint_eq(wait.round, 1);
    ck_assert(!lq_quota_wait_is_round(&wait, LQ_QUOTA_WAIT_ROUND_MASK));
}
END_TEST

/* Of two tenants: a number is one's alone. */
START_TEST(rounds_of_a_link_are_counted_together)
{
    struct lq_quota_wait other;

    lq_quota_wait_init(&other, &last_round);
    ck_assert_uint_eq(wait.round, 1);
    ck_assert_uint_eq(other.round, 2);
    ck_assert(lq_quota_wait_refuse(&wait, REASON, 10, 0));
    ck_assert_uint_eq(lq_quota_wait_allows(&wait, 10 * MS), 1);
    ck_assert_uint_eq(wait.round, 3);
    ck_assert_uint_eq(other.round, 2);
}
END_TEST

TCase *lq_test_quota_wait(void)
{
    TCase *tcase = tcase_create("quota_wait");

    tcase_add_checked_fixture(tcase, open_wait, NULL);
    tcase_add_loop_test(tcase, waits_as_long_as_it_is_told, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, more_refusals_of_a_round_are_one_wait);
    tcase_add_test(tcase, backs_off_until_something_is_accepted);
    tcase_add_test(tcase, asks_with_ever_more_commands);
    tcase_add_test(tcase, a_lost_message_does_not_stop_it);
    tcase_add_test(tcase, another_broker_ends_it);
    tcase_add_test(tcase, rounds_are_told_apart_by_tags);
    tcase_add_test(tcase, rounds_of_a_link_are_counted_together);
    return tcase;
}

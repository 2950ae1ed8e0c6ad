// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/gateway/handler/desk_fixture.h"
#include "world/client_id.h"

#include <string.h>

TCase *lq_test_departures(void);

enum { ADA = 0xad };
#define CUT UINT64_C(1000) /* the incarnation that was cut */

static struct lq_client_id ada(uint64_t incarnation)
{
    struct lq_client_id id;

    memset(id.bytes, ADA, sizeof id.bytes);
    return lq_client_id_of(lq_client_id_player(&id), incarnation);
}

static void turn(void)
{
    lq_departures_turn(&lq_fixture.desk, lq_fixture.wall_ns / LQ_NS_PER_MS);
}

static bool is_forgotten(uint32_t place)
{
    turn(); /* what is done is dropped in a turn of its own */
    return lq_fixture.places[place].state == LQ_ATTENDANCE_FREE &&
           lq_fixture.desk.departure_count == 0;
}

/* It is asked again, a second later and not before. */
static bool is_put_off(uint32_t place)
{
    turn();
    bool waits =
        lq_fixture.places[place].state == LQ_ATTENDANCE_CUT && lq_fixture.desk.departure_count == 0;
    lq_fixture.wall_ns += LQ_NS_PER_S;
    turn();
    return waits && lq_fixture.desk.departure_count == 1;
}

/* The Leave that was said for ADA under an incarnation; NULL: none. */
static struct lq_client *leave_of(uint64_t incarnation)
{
    const struct lq_client_id id = ada(incarnation);
    struct lq_client *client = lq_desk_fixture_client(&id);

    if (client != NULL) {
        ck_assert_int_eq(client->command.kind, LQ_COMMAND_LEAVE);
        ck_assert_uint_eq(client->number.sequence, 1);
        ck_assert(!client->number.sent_before);
    }
    return client;
}

START_TEST(test_leaves_by_the_incarnation_after)
{
    uint32_t place = lq_desk_fixture_put_cut(ADA, CUT);

    turn();
    lq_desk_fixture_reply_window(true, CUT);
    struct lq_client *leave = leave_of(CUT + 1);
    ck_assert_ptr_nonnull(leave);
    lq_desk_fixture_receive(leave, LQ_OUTCOME_APPLIED, 9, "");
    ck_assert(is_forgotten(place));
    ck_assert_uint_eq(lq_fixture.desk.counts.departed, 1);
}
END_TEST

START_TEST(test_who_came_back_does_not_leave)
{
    uint32_t place = lq_desk_fixture_put_cut(ADA, CUT);

    turn();
    lq_desk_fixture_reply_window(true, CUT + 1); /* through a gateway that is not seen here */
    ck_assert_ptr_null(leave_of(CUT + 1));
    ck_assert_ptr_null(leave_of(CUT + 2));
    ck_assert(is_forgotten(place));
    ck_assert_uint_eq(lq_fixture.desk.counts.departed, 0);
}
END_TEST

START_TEST(test_who_is_attached_is_not_asked_about)
{
    uint32_t place = lq_desk_fixture_put_cut(ADA, CUT);
    const struct lq_client_id now = ada(CUT + 1);
    const struct lq_attendance_who who = {"acme", "arena", now.bytes, CUT + 1};

    ck_assert_uint_ne(lq_attendance_attach(NULL, &who), LQ_ATTENDANCE_NONE);
    turn();
    ck_assert_ptr_null(lq_fixture.requests[0].request);
    ck_assert(is_forgotten(place));
}
END_TEST

/* How an answer to the look at WINDOW ends it. */
static const struct {
    const char *name;
    enum lq_result result;
    const char *message;
    bool goes_on;
} answers[] = {
    {"no such session", LQ_ERR_NOT_FOUND, "", false},
    {"a shredded tenant", LQ_ERR_STATE, "over", false},
    {"the cluster is full", LQ_ERR_FULL, "", true},
    {"no answer in time", LQ_ERR_TIMEOUT, "", true},
};

START_TEST(test_looks)
{
    uint32_t place = lq_desk_fixture_put_cut(ADA, CUT);
    const struct lq_admin_reply reply = {.result = answers[_i].result,
                                         .message = lq_view_text(answers[_i].message)};

    turn();
    lq_desk_fixture_reply(LQ_ADMIN_WINDOW, &reply);
    ck_assert_ptr_null(leave_of(CUT + 1));
    ck_assert_msg(answers[_i].goes_on ? is_put_off(place) : is_forgotten(place), "%s",
                  answers[_i].name);
}
END_TEST

/* How the Leave's receipt ends it. */
static const struct {
    enum lq_outcome outcome;
    const char *reason;
    bool goes_on;
} receipts[] = {
    {LQ_OUTCOME_REFUSED, "client: has not joined", false},
    {LQ_OUTCOME_UNUSED, "SUPERSEDED: a later one is there", false},
    {LQ_OUTCOME_UNUSED, "over", false},
    {LQ_OUTCOME_UNUSED, "INCARNATION_TOO_OLD: others came", true},
    {LQ_OUTCOME_UNUSED, "MAILBOX_FULL", true},
};

START_TEST(test_receipts)
{
    uint32_t place = lq_desk_fixture_put_cut(ADA, CUT);

    turn();
    lq_desk_fixture_reply_window(true, CUT);
    lq_desk_fixture_receive(leave_of(CUT + 1), receipts[_i].outcome, 0, receipts[_i].reason);
    ck_assert_msg(receipts[_i].goes_on ? is_put_off(place) : is_forgotten(place), "%s",
                  receipts[_i].reason);
    ck_assert_uint_eq(lq_fixture.desk.counts.departed, 0);
}
END_TEST

/* A cluster that says nothing for 30 s is asked anew; the first request is taken back. */
START_TEST(test_gives_up_and_begins_anew)
{
    uint32_t place = lq_desk_fixture_put_cut(ADA, CUT);

    turn();
    ck_assert_ptr_nonnull(lq_fixture.requests[0].request);
    lq_fixture.now_ns += 30 * LQ_NS_PER_S - 1;
    turn();
    ck_assert_ptr_nonnull(lq_fixture.requests[0].request);
    lq_fixture.now_ns += 1;
    ck_assert(is_put_off(place));
    lq_desk_fixture_reply_window(true, CUT);
    ck_assert_ptr_nonnull(leave_of(CUT + 1));
}
END_TEST

/* A desk that closes leaves who is under way to the next process. */
START_TEST(test_closing_leaves_it_to_others)
{
    uint32_t place = lq_desk_fixture_put_cut(ADA, CUT);

    turn();
    lq_departures_close(&lq_fixture.desk);
    ck_assert_ptr_null(lq_fixture.requests[0].request);
    ck_assert_int_eq(lq_fixture.places[place].state, LQ_ATTENDANCE_CUT);
    ck_assert_uint_lt(lq_fixture.places[place].leave_at_ms, UINT64_MAX);
}
END_TEST

TCase *lq_test_departures(void)
{
    TCase *tcase = tcase_create("departures");

    tcase_add_checked_fixture(tcase, lq_desk_fixture_begin, lq_desk_fixture_end);
    tcase_add_test(tcase, test_leaves_by_the_incarnation_after);
    tcase_add_test(tcase, test_who_came_back_does_not_leave);
    tcase_add_test(tcase, test_who_is_attached_is_not_asked_about);
    tcase_add_loop_test(tcase, test_looks, 0, sizeof answers / sizeof answers[0]);
    tcase_add_loop_test(tcase, test_receipts, 0, sizeof receipts / sizeof receipts[0]);
    tcase_add_test(tcase, test_gives_up_and_begins_anew);
    tcase_add_test(tcase, test_closing_leaves_it_to_others);
    return tcase;
}

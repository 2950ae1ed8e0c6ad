// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/player_connection.h"

#include "tests/support/suite.h"

TCase *lq_test_player_connection(void);

#define SECOND UINT64_C(1000000000)

static struct lq_player_connection connection;
static struct lq_player_judgement judgement;

static void open_new(void)
{
    lq_player_connection_open(&connection);
    connection.commands_per_s = 10;
}

static void open_served(void)
{
    open_new();
    connection.phase = LQ_PLAYER_SERVING;
    connection.may_command = true;
}

static enum lq_player_verdict take(struct lq_player_message message, uint64_t now_ns)
{
    return lq_player_connection_take(&connection, &message, LQ_OK, now_ns, &judgement);
}

static enum lq_player_verdict take_type(enum lq_player_message_type type)
{
    return take((struct lq_player_message){.type = type, .number = 1}, SECOND);
}

START_TEST(test_hello_comes_first_and_once)
{
    for (uint32_t type = 1; type < LQ_PLAYER_MESSAGE_TYPES; type++) {
        open_new();
        enum lq_player_verdict verdict = take_type((enum lq_player_message_type)type);
        ck_assert_int_eq(verdict,
                         type == LQ_PLAYER_MESSAGE_HELLO ? LQ_PLAYER_SERVE : LQ_PLAYER_CLOSE);
    }
    open_new();
    ck_assert_int_eq(take_type(LQ_PLAYER_MESSAGE_HELLO), LQ_PLAYER_SERVE);
    ck_assert_int_eq(connection.phase, LQ_PLAYER_OPENING);
    ck_assert_int_eq(take_type(LQ_PLAYER_MESSAGE_PING), LQ_PLAYER_CLOSE);
    open_served();
    ck_assert_int_eq(take_type(LQ_PLAYER_MESSAGE_HELLO), LQ_PLAYER_CLOSE);
    ck_assert_int_eq(judgement.close, LQ_PLAYER_CLOSE_BAD_MESSAGE);
}
END_TEST

START_TEST(test_malformed_closes_and_invalid_does_not)
{
    struct lq_player_message message = {.type = LQ_PLAYER_MESSAGE_COMMAND, .number = 1};

    open_served();
    ck_assert_int_eq(
        lq_player_connection_take(&connection, &message, LQ_ERR_INVALID, SECOND, &judgement),
        LQ_PLAYER_REFUSE);
    ck_assert_str_eq(judgement.code, "bad-message");
    ck_assert_int_eq(
        lq_player_connection_take(&connection, &message, LQ_ERR_MALFORMED, SECOND, &judgement),
        LQ_PLAYER_CLOSE);
    open_new();
    message.type = LQ_PLAYER_MESSAGE_HELLO;
    ck_assert_int_eq(
        lq_player_connection_take(&connection, &message, LQ_ERR_INVALID, SECOND, &judgement),
        LQ_PLAYER_CLOSE);
}
END_TEST

START_TEST(test_watchers_and_previous)
{
    struct lq_player_message join = {.type = LQ_PLAYER_MESSAGE_JOIN, .number = 1};

    open_served();
    connection.may_command = false;
    ck_assert_int_eq(take(join, SECOND), LQ_PLAYER_REFUSE);
    ck_assert_str_eq(judgement.code, "not-allowed");
    open_served();
    join.previous = true;
    ck_assert_int_eq(take(join, SECOND), LQ_PLAYER_REFUSE);
    connection.has_previous = true;
    ck_assert_int_eq(take(join, SECOND), LQ_PLAYER_SERVE);
}
END_TEST

START_TEST(test_rates)
{
    uint32_t served = 0;

    open_served();
    for (int at = 0; at < 50; at++) {
        served += take_type(LQ_PLAYER_MESSAGE_COMMAND) == LQ_PLAYER_SERVE ? 1 : 0;
    }
    ck_assert_uint_eq(served, 20); /* twice ten at once */
    ck_assert_str_eq(judgement.code, "rate");
    ck_assert_int_eq(
        take((struct lq_player_message){.type = LQ_PLAYER_MESSAGE_COMMAND}, SECOND + SECOND / 10),
        LQ_PLAYER_SERVE);
    open_served();
    for (uint32_t at = 0; at < 2 * LQ_PLAYER_MESSAGES_PER_S; at++) {
        ck_assert_int_eq(take_type(LQ_PLAYER_MESSAGE_PING), LQ_PLAYER_SERVE);
    }
    ck_assert_int_eq(take_type(LQ_PLAYER_MESSAGE_PING), LQ_PLAYER_CLOSE);
    ck_assert_int_eq(judgement.close, LQ_PLAYER_CLOSE_TOO_MANY);
}
END_TEST

START_TEST(test_states)
{
    uint64_t due;
    uint64_t now = 5 * SECOND;
    uint32_t sent = 0;

    open_served();
    ck_assert(!lq_player_connection_wants_state(&connection, 0, now, &due)); /* no world yet */
    for (uint64_t serial = 1; serial <= 100; serial++) { /* frames at 100 Hz, all acknowledged */
        if (lq_player_connection_wants_state(&connection, serial, now, &due)) {
            lq_player_connection_sent_state(&connection, serial, now);
            connection.acknowledged = connection.state;
            sent++;
        } else {
            ck_assert_uint_gt(due, now);
        }
        now += SECOND / 100;
    }
    ck_assert_uint_ge(sent, 20);
    ck_assert_uint_le(sent, 21);
    ck_assert(
        !lq_player_connection_wants_state(&connection, connection.base_serial, now + SECOND, &due));
    ck_assert_uint_eq(due, UINT64_MAX); /* nothing to tell */
    connection.applied++;
    ck_assert(
        lq_player_connection_wants_state(&connection, connection.base_serial, now + SECOND, &due));
}
END_TEST

START_TEST(test_acks_bound_states)
{
    uint64_t due;
    uint64_t now = SECOND;
    uint64_t serial = 0;

    open_served();
    while (lq_player_connection_wants_state(&connection, ++serial, now, &due)) {
        lq_player_connection_sent_state(&connection, serial, now);
        now += SECOND;
    }
    ck_assert_uint_eq(connection.state, LQ_PLAYER_UNACKNOWLEDGED_MAX);
    ck_assert_int_eq(
        take((struct lq_player_message){.type = LQ_PLAYER_MESSAGE_ACK, .state = 1}, now),
        LQ_PLAYER_SERVE);
    ck_assert(lq_player_connection_wants_state(&connection, serial, now, &due));
    ck_assert_int_eq(
        take((struct lq_player_message){.type = LQ_PLAYER_MESSAGE_ACK, .state = 99}, now),
        LQ_PLAYER_CLOSE);
}
END_TEST

START_TEST(test_refresh_and_view)
{
    uint64_t due;

    open_served();
    lq_player_connection_sent_state(&connection, 4, SECOND);
    ck_assert_int_eq(take_type(LQ_PLAYER_MESSAGE_REFRESH), LQ_PLAYER_SERVE);
    ck_assert_uint_eq(connection.base_serial, 0);
    lq_player_connection_sent_state(&connection, 4, SECOND);
    struct lq_player_message view = {.type = LQ_PLAYER_MESSAGE_VIEW, .width = 3, .height = 4};
    view.given = UINT64_C(15) << LQ_PLAYER_FIELD_VIEW_top_x;
    ck_assert_int_eq(take(view, SECOND), LQ_PLAYER_SERVE);
    ck_assert(!connection.view.all);
    ck_assert(connection.base_view.all);
    ck_assert(lq_player_connection_wants_state(&connection, 4, 9 * SECOND, &due));
}
END_TEST

TCase *lq_test_player_connection(void)
{
    TCase *tests = tcase_create("player_connection");

    tcase_add_test(tests, test_hello_comes_first_and_once);
    tcase_add_test(tests, test_malformed_closes_and_invalid_does_not);
    tcase_add_test(tests, test_watchers_and_previous);
    tcase_add_test(tests, test_rates);
    tcase_add_test(tests, test_states);
    tcase_add_test(tests, test_acks_bound_states);
    tcase_add_test(tests, test_refresh_and_view);
    return tests;
}

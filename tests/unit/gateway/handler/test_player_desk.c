// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/gateway/handler/desk_fixture.h"
#include "world/client_id.h"

TCase *lq_test_player_desk(void);

enum { ADA = 0xad, BOB = 0xb0 };

START_TEST(test_welcome_is_above_what_the_session_knows)
{
    uint64_t known = LQ_INCARNATION_MAX - 5;
    const struct lq_player *ada = lq_desk_fixture_connect(0, ADA, known);

    ck_assert(lq_desk_fixture_was_told(0, "\"type\":\"welcome\""));
    ck_assert_uint_eq(lq_client_id_incarnation(&ada->id), known + 1);
    ck_assert_uint_eq(lq_fixture.places[ada->place].incarnation, known + 1);
    ck_assert_uint_eq(lq_fixture.desk.counts.welcomes, 1);
}
END_TEST

START_TEST(test_newer_connection_ends_the_elder)
{
    uint32_t place = lq_desk_fixture_connect(0, ADA, 0)->place;

    lq_desk_fixture_connect(1, BOB, 0);
    const struct lq_player *newer = lq_desk_fixture_connect(2, ADA, 0);
    ck_assert_int_eq(lq_fixture.connections[0].close, LQ_PLAYER_CLOSE_SUPERSEDED);
    ck_assert_int_eq(lq_fixture.connections[1].close, 0);
    ck_assert_int_eq(lq_fixture.connections[2].close, 0);
    ck_assert_uint_ne(newer->place, place);
    lq_desk_fixture_commit(&newer->id);
    lq_desk_fixture_close(0); /* nobody leaves for it: the body is the newer one's */
    ck_assert_int_eq(lq_fixture.places[place].state, LQ_ATTENDANCE_FREE);
    ck_assert_int_eq(lq_fixture.places[newer->place].state, LQ_ATTENDANCE_ATTACHED);
}
END_TEST

/* A connection that cannot be had does not cost the one that is there. */
START_TEST(test_elder_stays_where_the_newer_finds_no_place)
{
    const struct lq_player *elder = lq_desk_fixture_connect(0, ADA, 0);

    lq_fixture.places_free = 0;
    lq_desk_fixture_connect(1, ADA, 0);
    ck_assert_int_eq(lq_fixture.connections[1].close, LQ_PLAYER_CLOSE_TOO_MANY);
    ck_assert_int_eq(lq_fixture.connections[0].close, 0);
    ck_assert(!elder->is_superseded);
    ck_assert_uint_eq(lq_fixture.desk.counts.refused_process, 1);
    ck_assert_uint_eq(lq_fixture.desk.counts.refused_tenant, 0);
}
END_TEST

START_TEST(test_bounds_are_named_by_whose_they_are)
{
    lq_fixture.config.connections_per_tenant_max = 1;
    lq_desk_fixture_connect(0, ADA, 0);
    const struct lq_http_request request = {.is_upgrade = true,
                                            .path = lq_view_text(LQ_HTTP_ROUTES_CONNECT),
                                            .websocket_protocol =
                                                lq_view_text(LQ_DESK_SUBPROTOCOL)};
    const struct lq_gateway_peer peer = {.address = "192.0.2.1"};
    lq_fixture.events.on_request(lq_fixture.events.context, 1, &request, &peer);
    ck_assert_int_eq(lq_fixture.connections[1].close, LQ_PLAYER_CLOSE_TOO_MANY);
    ck_assert_uint_eq(lq_fixture.desk.counts.refused_tenant, 1);
    lq_fixture.desk.tenant_count = LQ_DESK_TENANTS_MAX; /* the table is full of others */
    struct lq_desk_tenant other = {.name = "other"};
    for (uint32_t at = 1; at < LQ_DESK_TENANTS_MAX; at++) {
        lq_fixture.desk.tenants[at] = &other;
    }
    snprintf(lq_fixture.who.claims.tenant, sizeof lq_fixture.who.claims.tenant, "newcomer");
    lq_fixture.events.on_request(lq_fixture.events.context, 2, &request, &peer);
    ck_assert_int_eq(lq_fixture.connections[2].close, LQ_PLAYER_CLOSE_TOO_MANY);
    ck_assert_uint_eq(lq_fixture.desk.counts.refused_process, 1);
    ck_assert_uint_eq(lq_fixture.desk.counts.refused_tenant, 1);
    lq_fixture.desk.tenant_count = 1;
}
END_TEST

static struct lq_client *send_thrust(uint32_t connection, const struct lq_player *player)
{
    lq_desk_fixture_say(connection, "{\"type\":\"command\",\"number\":1,\"kind\":\"SetThrust\","
                                    "\"vx\":1,\"vy\":0}");
    struct lq_client *client = lq_desk_fixture_client(&player->id);
    ck_assert_ptr_nonnull(client);
    ck_assert_uint_eq(client->number.sequence, 1);
    ck_assert_int_eq(client->command.kind, LQ_COMMAND_SET_THRUST);
    return client;
}

START_TEST(test_command_hears_its_receipt)
{
    struct lq_client *client = send_thrust(0, lq_desk_fixture_connect(0, ADA, 0));

    ck_assert(!lq_desk_fixture_was_told(0, "receipt"));
    lq_desk_fixture_receive(client, LQ_OUTCOME_APPLIED, 2, "");
    ck_assert(
        lq_desk_fixture_was_told(0, "\"type\":\"receipt\",\"number\":1,\"outcome\":\"applied\""));
}
END_TEST

/* ---- states ---- */

static void take_states(void)
{
    lq_state_sender_turn(&lq_fixture.desk, lq_fixture.now_ns);
}

/* Of one turn: a receipt, the frame, the state. */
START_TEST(test_state_goes_behind_a_receipt)
{
    const struct lq_player *ada = lq_desk_fixture_connect(0, ADA, 0);
    struct lq_client *client = send_thrust(0, ada);

    lq_desk_fixture_receive(client, LQ_OUTCOME_APPLIED, 2, "");
    lq_fixture.feed_events.on_command(lq_fixture.feed_events.context, lq_fixture.feed, &ada->id, 1);
    lq_desk_fixture_commit(&ada->id);
    ck_assert_uint_gt(lq_fixture.connections[0].waiting, 0);
    take_states();
    ck_assert(lq_desk_fixture_was_told(0, "\"type\":\"state\",\"state\":1,\"frame\":2"));
    ck_assert(lq_desk_fixture_was_told(0, "\"applied\":1"));
    ck_assert(!lq_fixture.connections[0].asked_room);
}
END_TEST

START_TEST(test_state_waits_for_who_is_behind)
{
    lq_desk_fixture_connect(0, ADA, 0);
    lq_fixture.connections[0].is_behind = true;
    take_states();
    ck_assert(!lq_desk_fixture_was_told(0, "\"type\":\"state\""));
    ck_assert(lq_fixture.connections[0].asked_room);
    lq_fixture.connections[0].is_behind = false;
    lq_fixture.events.on_room(lq_fixture.events.context, 0);
    take_states();
    ck_assert(lq_desk_fixture_was_told(0, "\"type\":\"state\",\"state\":1"));
}
END_TEST

/* It would fit alone: what waits goes first, and nobody is ended for it. */
START_TEST(test_state_that_does_not_fit_behind_waits)
{
    lq_desk_fixture_connect(0, ADA, 0);
    lq_fixture.connections[0].room = lq_fixture.connections[0].waiting + 64;
    take_states();
    ck_assert(!lq_desk_fixture_was_told(0, "\"type\":\"state\""));
    ck_assert(lq_fixture.connections[0].asked_room);
    ck_assert_int_eq(lq_fixture.connections[0].close, 0);
}
END_TEST

START_TEST(test_states_keep_their_pace)
{
    lq_desk_fixture_connect(0, ADA, 0);
    take_states();
    lq_desk_fixture_commit(NULL);
    take_states();
    ck_assert(!lq_desk_fixture_was_told(0, "\"state\":2"));
    ck_assert_uint_eq(lq_fixture.desk.states_due_ns, lq_fixture.now_ns + LQ_NS_PER_S / 20);
    lq_fixture.now_ns = lq_fixture.desk.states_due_ns;
    take_states();
    ck_assert(lq_desk_fixture_was_told(0, "\"state\":2,\"frame\":2"));
    ck_assert_uint_eq(lq_fixture.desk.states_due_ns, UINT64_MAX);
}
END_TEST

/* ---- ends ---- */

/* Whether a body may be there decides whether somebody looks after it. */
START_TEST(test_cut_is_looked_after)
{
    const struct lq_player *ada = lq_desk_fixture_connect(0, ADA, 0);
    uint32_t place = ada->place;

    lq_desk_fixture_close(0); /* no body, nothing under way */
    ck_assert_int_eq(lq_fixture.places[place].state, LQ_ATTENDANCE_FREE);

    ada = lq_desk_fixture_connect(0, ADA, 0);
    lq_desk_fixture_commit(&ada->id);
    lq_desk_fixture_close(0); /* its body */
    ck_assert_int_eq(lq_fixture.places[place].state, LQ_ATTENDANCE_CUT);

    lq_desk_fixture_commit(NULL);
    const struct lq_player *bob = lq_desk_fixture_connect(1, BOB, 0);
    place = bob->place;
    struct lq_client *client = send_thrust(1, bob);
    lq_desk_fixture_receive(client, LQ_OUTCOME_APPLIED, lq_fixture.feed->frame + 1, "");
    lq_desk_fixture_close(1); /* a frame that has not come yet */
    ck_assert_int_eq(lq_fixture.places[place].state, LQ_ATTENDANCE_CUT);

    bob = lq_desk_fixture_connect(1, BOB, 0);
    place = bob->place;
    send_thrust(1, bob);
    lq_desk_fixture_close(1); /* what is on its way */
    ck_assert_int_eq(lq_fixture.places[place].state, LQ_ATTENDANCE_CUT);
    ck_assert_uint_eq(lq_fixture.desk.counts.cut, 3);
}
END_TEST

START_TEST(test_revoked_key_ends_who_came_by_it)
{
    lq_desk_fixture_connect(0, ADA, 0);
    lq_player_desk_revoked(&lq_fixture.desk, "acme", "another");
    ck_assert_int_eq(lq_fixture.connections[0].close, 0);
    lq_player_desk_revoked(&lq_fixture.desk, "acme", "key");
    ck_assert_int_eq(lq_fixture.connections[0].close, LQ_PLAYER_CLOSE_NOT_ACCEPTED);
}
END_TEST

START_TEST(test_window_without_an_answer_ends)
{
    const struct lq_admin_reply none = {.result = LQ_ERR_TIMEOUT};

    lq_desk_fixture_connect(0, ADA, 0);
    lq_fixture.who.player[0] = BOB;
    const struct lq_http_request request = {.is_upgrade = true,
                                            .path = lq_view_text(LQ_HTTP_ROUTES_CONNECT),
                                            .websocket_protocol =
                                                lq_view_text(LQ_DESK_SUBPROTOCOL)};
    const struct lq_gateway_peer peer = {.address = "192.0.2.1"};
    lq_fixture.events.on_request(lq_fixture.events.context, 1, &request, &peer);
    lq_desk_fixture_say(1, "{\"type\":\"hello\",\"session\":\"arena\"}");
    lq_desk_fixture_reply(LQ_ADMIN_WINDOW, &none);
    ck_assert_int_eq(lq_fixture.connections[1].close, LQ_PLAYER_CLOSE_NO_CLUSTER);
    ck_assert_int_eq(lq_fixture.connections[0].close, 0);
}
END_TEST

TCase *lq_test_player_desk(void)
{
    TCase *tcase = tcase_create("player_desk");

    tcase_add_checked_fixture(tcase, lq_desk_fixture_begin, lq_desk_fixture_end);
    tcase_add_test(tcase, test_welcome_is_above_what_the_session_knows);
    tcase_add_test(tcase, test_newer_connection_ends_the_elder);
    tcase_add_test(tcase, test_elder_stays_where_the_newer_finds_no_place);
    tcase_add_test(tcase, test_bounds_are_named_by_whose_they_are);
    tcase_add_test(tcase, test_command_hears_its_receipt);
    tcase_add_test(tcase, test_state_goes_behind_a_receipt);
    tcase_add_test(tcase, test_state_waits_for_who_is_behind);
    tcase_add_test(tcase, test_state_that_does_not_fit_behind_waits);
    tcase_add_test(tcase, test_states_keep_their_pace);
    tcase_add_test(tcase, test_cut_is_looked_after);
    tcase_add_test(tcase, test_revoked_key_ends_who_came_by_it);
    tcase_add_test(tcase, test_window_without_an_answer_ends);
    return tcase;
}

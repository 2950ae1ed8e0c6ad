// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/gateway/handler/desk_fixture.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/support/suite.h"
#include "world/client_id.h"

#include <stdlib.h>
#include <string.h>

struct lq_desk_fixture lq_fixture;

void lq_desk_fixture_begin(void)
{
    static struct lq_session_feed feed;

    memset(&lq_fixture, 0, sizeof lq_fixture);
    memset(&feed, 0, sizeof feed);
    lq_fixture.now_ns = LQ_NS_PER_S;
    lq_fixture.wall_ns = UINT64_C(1800000000) * LQ_NS_PER_S;
    lq_fixture.config.server.connections_max = LQ_FIXTURE_CONNECTIONS;
    lq_fixture.config.answer_ms = 1000;
    lq_fixture.places_free = LQ_FIXTURE_PLACES;
    for (uint32_t at = 0; at < LQ_FIXTURE_CONNECTIONS; at++) {
        lq_fixture.connections[at].room = LQ_FIXTURE_TEXT_BYTES;
    }
    feed.phase = LQ_FEED_READY;
    feed.ring.bytes_max = 1 << 20;
    snprintf(feed.session, sizeof feed.session, "arena");
    lq_fixture.feed = &feed;
    lq_fixture.desk.config = &lq_fixture.config;
    lq_fixture.desk.folder = "";
    lq_player_desk_open(&lq_fixture.desk);
    lq_fixture.events = lq_player_desk_server_events(&lq_fixture.desk);
    lq_fixture.feed_events = lq_player_desk_feed_events(&lq_fixture.desk);
    lq_desk_fixture_commit(NULL);
}

void lq_desk_fixture_end(void)
{
    struct lq_world_snapshot *oldest;

    lq_player_desk_close(&lq_fixture.desk);
    while ((oldest = lq_snapshot_ring_take(&lq_fixture.feed->ring)) != NULL) {
        free(oldest);
    }
}

struct lq_player *lq_desk_fixture_connect(uint32_t connection, uint8_t player, uint64_t known)
{
    const struct lq_http_request request = {.is_upgrade = true,
                                            .path = lq_view_text(LQ_HTTP_ROUTES_CONNECT),
                                            .websocket_protocol =
                                                lq_view_text(LQ_DESK_SUBPROTOCOL)};
    const struct lq_gateway_peer peer = {.address = "192.0.2.1"};

    lq_fixture.who = (struct lq_signed_in){
        .key_id = "key",
        .claims = {.tenant = "acme",
                   .subject = "ada",
                   .sessions = {"*"},
                   .session_count = 1,
                   .rights = LQ_RIGHT_PLAY,
                   .expires_at_s = (int64_t)(lq_fixture.wall_ns / LQ_NS_PER_S) + 3600}};
    memset(lq_fixture.who.player, player, sizeof lq_fixture.who.player);
    lq_fixture.events.on_request(lq_fixture.events.context, connection, &request, &peer);
    lq_desk_fixture_say(connection, "{\"type\":\"hello\",\"session\":\"arena\"}");
    lq_desk_fixture_reply_window(known != 0, known);
    return lq_fixture.desk.players[connection];
}

void lq_desk_fixture_say(uint32_t connection, const char *text)
{
    lq_fixture.events.on_message(lq_fixture.events.context, connection, lq_view_text(text));
}

void lq_desk_fixture_close(uint32_t connection)
{
    const struct lq_gateway_closed closed = {1006, true, "cut"};

    lq_fixture.events.on_closed(lq_fixture.events.context, connection, &closed);
}

bool lq_desk_fixture_was_told(uint32_t connection, const char *words)
{
    const struct lq_fixture_connection *of = &lq_fixture.connections[connection];

    return memmem(of->said, of->said_bytes, words, strlen(words)) != NULL;
}

void lq_desk_fixture_commit(const struct lq_client_id *player)
{
    static struct lq_world world;
    static const uint8_t hash[32] = {1};
    static const uint8_t attached[LQ_PLAYERS_MAX] = {0};
    struct lq_session_feed *feed = lq_fixture.feed;
    const struct lq_snapshot_label label = {++feed->serial, ++feed->frame, hash, attached};

    lq_world_clear(&world);
    if (player != NULL) {
        uint32_t row = lq_world_add_body(&world, 0, 1, 1, 1);
        enum lq_result added = lq_world_add_player(&world, player, world.body_id[row]);
        ck_assert_int_eq(added, LQ_OK);
    }
    size_t bytes = lq_world_snapshot_bytes(&world);
    lq_snapshot_ring_push(&feed->ring, lq_world_snapshot_make(lq_alloc(1, bytes), &world, &label));
    lq_fixture.feed_events.on_snapshot(lq_fixture.feed_events.context, feed);
}

void lq_desk_fixture_reply(enum lq_admin_kind kind, const struct lq_admin_reply *reply)
{
    for (uint32_t at = 0; at < LQ_FIXTURE_REQUESTS; at++) {
        struct lq_fixture_request asked = lq_fixture.requests[at];
        if (asked.request != NULL) {
            ck_assert_int_eq(asked.request->kind, kind);
            lq_fixture.requests[at].request = NULL;
            asked.on_reply(asked.context, reply);
            return;
        }
    }
    ck_abort_msg("nothing was asked");
}

void lq_desk_fixture_reply_window(bool known, uint64_t incarnation)
{
    struct lq_window_entry window = {
        .known = known, .client = lq_client_id_of(1, incarnation), .count = 1};
    const struct lq_admin_reply reply = {.result = LQ_OK, .window = &window};

    lq_desk_fixture_reply(LQ_ADMIN_WINDOW, &reply);
}

struct lq_client *lq_desk_fixture_client(const struct lq_client_id *id)
{
    for (uint32_t at = 0; at < LQ_FIXTURE_CLIENTS; at++) {
        if (lq_fixture.clients[at].is_used && lq_client_id_equal(&lq_fixture.clients[at].id, id)) {
            return &lq_fixture.clients[at];
        }
    }
    return NULL;
}

void lq_desk_fixture_receive(struct lq_client *client, enum lq_outcome outcome, uint64_t frame,
                             const char *reason)
{
    static const uint8_t hash[32] = {1};
    const struct lq_client_receipt receipt = {.session = "arena",
                                              .sequence = client->number.sequence,
                                              .outcome = outcome,
                                              .frame = frame,
                                              .hash = hash,
                                              .reason = lq_view_text(reason)};

    client->outstanding--;
    client->on_receipt(client->context, &receipt);
}

uint32_t lq_desk_fixture_put_cut(uint8_t player, uint64_t incarnation)
{
    lq_fixture.places[0] = (struct lq_attendance_slot){.state = LQ_ATTENDANCE_CUT,
                                                       .incarnation = incarnation,
                                                       .tenant = "acme",
                                                       .session = "arena"};
    memset(lq_fixture.places[0].player, player, sizeof lq_fixture.places[0].player);
    lq_fixture.places_free--;
    return 0;
}

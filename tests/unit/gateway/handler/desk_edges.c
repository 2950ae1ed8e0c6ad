// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the desk calls, as the fixture does it. */
#include "base/clock.h"
#include "client/id_randomness.h"
#include "gateway/infrastructure/rules_file.h"
#include "tests/support/suite.h"
#include "tests/unit/gateway/handler/desk_fixture.h"

#include <string.h>

/* ---- time and chance ---- */

uint64_t lq_clock_monotonic_ns(void)
{
    return lq_fixture.now_ns;
}

uint64_t lq_clock_wall_ns(void)
{
    return lq_fixture.wall_ns;
}

uint64_t lq_clock_thread_ns(void)
{
    return 0;
}

enum lq_result lq_id_randomness_take(void *bytes, size_t count)
{
    memset(bytes, 7, count);
    return LQ_OK;
}

/* ---- the server ---- */

static struct lq_fixture_connection *connection_of(uint64_t number)
{
    ck_assert_uint_lt(number, LQ_FIXTURE_CONNECTIONS);
    return &lq_fixture.connections[number];
}

enum lq_result lq_gateway_server_upgrade(lq_gateway_server_t *server, uint64_t connection,
                                         const char *protocol)
{
    (void)server;
    (void)protocol;
    connection_of(connection)->is_upgraded = true;
    return LQ_OK;
}

enum lq_result lq_gateway_server_send(lq_gateway_server_t *server, uint64_t connection,
                                      struct lq_view text)
{
    struct lq_fixture_connection *to = connection_of(connection);

    (void)server;
    if (to->waiting + text.bytes > to->room) {
        return LQ_ERR_FULL;
    }
    ck_assert_uint_lt(to->said_bytes + text.bytes, LQ_FIXTURE_TEXT_BYTES);
    memcpy(to->said + to->said_bytes, text.data, text.bytes);
    to->said_bytes += text.bytes;
    to->waiting += text.bytes;
    return LQ_OK;
}

size_t lq_gateway_server_room(const lq_gateway_server_t *server, uint64_t connection)
{
    const struct lq_fixture_connection *of = connection_of(connection);

    (void)server;
    return of->room - of->waiting;
}

size_t lq_gateway_server_waiting(const lq_gateway_server_t *server, uint64_t connection)
{
    (void)server;
    return connection_of(connection)->waiting;
}

bool lq_gateway_server_is_behind(const lq_gateway_server_t *server, uint64_t connection)
{
    (void)server;
    return connection_of(connection)->is_behind;
}

void lq_gateway_server_ask_room(lq_gateway_server_t *server, uint64_t connection)
{
    (void)server;
    connection_of(connection)->asked_room = true;
}

void lq_gateway_server_end(lq_gateway_server_t *server, uint64_t connection, uint16_t code,
                           const char *reason)
{
    (void)server;
    (void)reason;
    connection_of(connection)->close = code;
}

void lq_http_routes_answer(lq_gateway_server_t *server, lq_sign_in_t *sign_in,
                           const lq_static_files_t *files, uint64_t connection,
                           const struct lq_http_request *request, int64_t now_s)
{
    (void)server;
    (void)sign_in;
    (void)files;
    (void)request;
    (void)now_s;
    ck_abort_msg("connection %d: a page was asked for", (int)connection);
}

/* ---- sign-in ---- */

enum lq_result lq_sign_in_request(lq_sign_in_t *sign_in, const struct lq_http_request *request,
                                  int64_t now_s, struct lq_signed_in *who,
                                  struct lq_error_message *message)
{
    (void)sign_in;
    (void)request;
    (void)now_s;
    (void)message;
    *who = lq_fixture.who;
    return LQ_OK;
}

bool lq_sign_in_key_known(const lq_sign_in_t *sign_in, const char *tenant, const char *key_id)
{
    (void)sign_in;
    (void)tenant;
    (void)key_id;
    return true;
}

void lq_sign_in_mac(const lq_sign_in_t *sign_in, struct lq_view bytes, uint8_t *hash)
{
    (void)sign_in;
    (void)bytes;
    memset(hash, 1, 32);
}

bool lq_sign_in_mac_is_right(const lq_sign_in_t *sign_in, struct lq_view bytes, const uint8_t *hash)
{
    (void)sign_in;
    (void)bytes;
    return hash[0] == 1;
}

enum lq_result lq_rules_file_read(const char *folder, const char *tenant,
                                  struct lq_player_rules *rules, struct lq_error_message *message)
{
    (void)folder;
    (void)tenant;
    (void)message;
    lq_player_rules_default(rules);
    return LQ_OK;
}

/* ---- the link ---- */

enum lq_result lq_link_request(lq_link_t *link, struct lq_admin_request *request,
                               lq_link_reply_fn on_reply, void *context)
{
    (void)link;
    for (uint32_t at = 0; at < LQ_FIXTURE_REQUESTS; at++) {
        if (lq_fixture.requests[at].request == NULL) {
            lq_fixture.requests[at] = (struct lq_fixture_request){request, on_reply, context};
            return LQ_OK;
        }
    }
    return LQ_ERR_FULL;
}

void lq_link_forget(lq_link_t *link, const struct lq_admin_request *request)
{
    (void)link;
    for (uint32_t at = 0; at < LQ_FIXTURE_REQUESTS; at++) {
        if (lq_fixture.requests[at].request == request) {
            lq_fixture.requests[at].request = NULL;
        }
    }
}

enum lq_result lq_client_new(lq_link_t *link, const struct lq_client_options *options,
                             lq_client_t **client, struct lq_error_message *message)
{
    (void)link;
    (void)message;
    for (uint32_t at = 0; at < LQ_FIXTURE_CLIENTS; at++) {
        if (!lq_fixture.clients[at].is_used) {
            *client = &lq_fixture.clients[at];
            **client = (struct lq_client){options->on_receipt, options->context, *options->id,
                                          .is_used = true};
            return LQ_OK;
        }
    }
    return LQ_ERR_FULL;
}

void lq_client_destroy(lq_client_t **client)
{
    if (*client != NULL) {
        (*client)->is_used = false;
        *client = NULL;
    }
}

enum lq_result lq_client_session(lq_client_t *client, const char *session, uint64_t next_sequence,
                                 uint32_t *handle)
{
    (void)client;
    (void)session;
    (void)next_sequence;
    *handle = 0;
    return LQ_OK;
}

enum lq_result lq_client_submit_numbered(lq_client_t *client, uint32_t handle,
                                         const struct lq_command *command,
                                         const struct lq_client_number *number, void *context,
                                         char *reason)
{
    (void)handle;
    (void)context;
    (void)reason;
    client->command = *command;
    client->number = *number;
    client->outstanding++;
    return LQ_OK;
}

uint32_t lq_client_outstanding(const lq_client_t *client)
{
    return client->outstanding;
}

/* ---- attendance ---- */

uint32_t lq_attendance_attach(lq_attendance_t *attendance, const struct lq_attendance_who *who)
{
    (void)attendance;
    for (uint32_t at = 0; at < LQ_FIXTURE_PLACES && lq_fixture.places_free > 0; at++) {
        if (lq_fixture.places[at].state == LQ_ATTENDANCE_FREE) {
            lq_fixture.places_free--;
            lq_fixture.places[at] = (struct lq_attendance_slot){.state = LQ_ATTENDANCE_ATTACHED,
                                                                .incarnation = who->incarnation};
            memcpy(lq_fixture.places[at].player, who->player, sizeof lq_fixture.places[at].player);
            return at;
        }
    }
    return LQ_ATTENDANCE_NONE;
}

void lq_attendance_cut(lq_attendance_t *attendance, uint32_t place, uint64_t wall_ms)
{
    (void)attendance;
    lq_fixture.places[place].state = LQ_ATTENDANCE_CUT;
    lq_fixture.places[place].leave_at_ms = wall_ms;
}

void lq_attendance_postpone(lq_attendance_t *attendance, uint32_t place, uint64_t until_ms)
{
    lq_attendance_cut(attendance, place, until_ms);
}

void lq_attendance_forget(lq_attendance_t *attendance, uint32_t place)
{
    (void)attendance;
    lq_fixture.places[place].state = LQ_ATTENDANCE_FREE;
    lq_fixture.places_free++;
}

bool lq_attendance_knows(const lq_attendance_t *attendance, const char *tenant, const char *session,
                         const uint8_t *player)
{
    (void)attendance;
    (void)tenant;
    (void)session;
    for (uint32_t at = 0; at < LQ_FIXTURE_PLACES; at++) {
        if (lq_fixture.places[at].state == LQ_ATTENDANCE_ATTACHED &&
            memcmp(lq_fixture.places[at].player, player, 8) == 0) {
            return true;
        }
    }
    return false;
}

uint32_t lq_attendance_due(const lq_attendance_t *attendance, uint32_t place, uint64_t wall_ms,
                           struct lq_attendance_slot *slot)
{
    (void)attendance;
    for (; place < LQ_FIXTURE_PLACES; place++) {
        if (lq_fixture.places[place].state == LQ_ATTENDANCE_CUT &&
            lq_fixture.places[place].leave_at_ms <= wall_ms) {
            *slot = lq_fixture.places[place];
            return place;
        }
    }
    return LQ_ATTENDANCE_NONE;
}

/* ---- the feed ---- */

struct lq_session_feed *lq_feed_table_follow(lq_feed_table_t *table, const char *tenant,
                                             const char *session,
                                             const struct lq_creation_rule *creation)
{
    (void)table;
    (void)tenant;
    (void)session;
    (void)creation;
    return lq_fixture.feed;
}

struct lq_session_feed *lq_feed_table_next(lq_feed_table_t *table, struct lq_session_feed *last)
{
    (void)table;
    return last == NULL ? lq_fixture.feed : NULL;
}

void lq_session_feed_end(struct lq_session_feed *feed)
{
    (void)feed;
}

void lq_session_feed_fail(struct lq_session_feed *feed, enum lq_player_close close,
                          const char *reason)
{
    (void)reason;
    feed->phase = LQ_FEED_FAILED;
    feed->close = close;
}

bool lq_session_feed_is_over(struct lq_view refusal)
{
    return lq_view_equal(refusal, lq_view_text("over"));
}

struct lq_view lq_session_feed_state(struct lq_session_feed *feed,
                                     const struct lq_world_snapshot *base,
                                     const struct lq_view_rectangle *base_view,
                                     const struct lq_view_rectangle *view)
{
    (void)feed;
    (void)base;
    (void)base_view;
    (void)view;
    return lq_view_text(",\"bodies\":{}");
}

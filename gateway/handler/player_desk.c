// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/handler/player_desk.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "gateway/domain/message_text.h"
#include "gateway/domain/request_credential.h"
#include "world/client_id.h"

#include <stdio.h>
#include <stdlib.h>

#define LINGER_NS (2 * LQ_NS_PER_S) /* how long a feed without members stays: who reloads is back */
#define SMALL_TEXT_BYTES 1024

void lq_player_desk_end(struct lq_player *player, enum lq_player_close close, const char *reason)
{
    char text[LQ_CLOSE_REASON_BYTES_MAX + 1];

    if (player->is_ending) {
        return;
    }
    player->is_ending = true;
    snprintf(text, sizeof text, "%s: %.100s", lq_player_message_close_word(close), reason);
    lq_gateway_server_end(player->desk->server, player->connection, (uint16_t)close, text);
}

void lq_player_desk_say(struct lq_player *player, struct lq_view text)
{
    if (player->is_ending) {
        return;
    }
    if (lq_gateway_server_send(player->desk->server, player->connection, text) == LQ_ERR_FULL) {
        player->desk->counts.too_slow++;
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_TOO_SLOW, "what must not be lost does not fit");
    }
}

static void say_error(struct lq_player *player, const struct lq_error_text *error)
{
    char text[SMALL_TEXT_BYTES];
    struct lq_json_writer writer;

    lq_json_writer_start(&writer, text, sizeof text);
    lq_message_text_error(&writer, error);
    LQ_ASSERT(writer.bytes <= writer.bytes_max);
    lq_player_desk_say(player, lq_view_of(text, writer.bytes));
}

static struct lq_player *find_player(struct lq_player_desk *desk, uint64_t connection)
{
    struct lq_player *player = desk->players[lq_gateway_server_index(connection)];

    return player != NULL && player->connection == connection ? player : NULL;
}

/* ---- requests ---- */

static void refuse_upgraded(struct lq_player_desk *desk, uint64_t connection,
                            enum lq_player_close close, const char *reason)
{
    char text[LQ_CLOSE_REASON_BYTES_MAX + 1];
    const char *protocol = close == LQ_PLAYER_CLOSE_NO_PROTOCOL ? NULL : LQ_DESK_SUBPROTOCOL;

    snprintf(text, sizeof text, "%s: %.100s", lq_player_message_close_word(close), reason);
    if (lq_gateway_server_upgrade(desk->server, connection, protocol) == LQ_OK) {
        lq_gateway_server_end(desk->server, connection, (uint16_t)close, text);
    }
}

static bool sign_in(struct lq_player_desk *desk, const struct lq_http_request *request,
                    const struct lq_gateway_peer *peer, struct lq_signed_in *who)
{
    struct lq_error_message message = {"resume: not one of ours, or over"};
    int64_t now_s = (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S);
    struct lq_request_credential found;
    bool is_resume =
        lq_request_credential_find(request, &found) == LQ_OK && found.kind == LQ_CREDENTIAL_RESUME;
    enum lq_result result = is_resume
                                ? lq_player_opening_resume(desk, found.text, now_s, who)
                                : lq_sign_in_request(desk->sign_in, request, now_s, who, &message);

    if (result != LQ_OK) {
        desk->counts.refused_sign_in++;
        lq_log_rarely(LQ_LOG_INFO, "%s is not signed in: %.300s", peer->address, message.text);
    }
    return result == LQ_OK;
}

static void welcome_connection(struct lq_player_desk *desk, uint64_t connection,
                               struct lq_desk_tenant *tenant, const struct lq_signed_in *who)
{
    if (lq_gateway_server_upgrade(desk->server, connection, LQ_DESK_SUBPROTOCOL) != LQ_OK) {
        return;
    }
    struct lq_player *player = lq_alloc(1, sizeof *player);
    player->desk = desk;
    player->connection = connection;
    player->tenant = tenant;
    player->place = LQ_ATTENDANCE_NONE;
    player->expires_at_s = who->claims.expires_at_s;
    memcpy(player->id.bytes, who->player, sizeof who->player);
    snprintf(player->key_id, sizeof player->key_id, "%s", who->key_id);
    player->opening = lq_alloc(1, sizeof *player->opening);
    player->opening->who = *who;
    lq_player_connection_open(&player->core);
    desk->players[lq_gateway_server_index(connection)] = player;
    desk->player_count++;
    tenant->connections++;
}

static void take_connect(struct lq_player_desk *desk, uint64_t connection,
                         const struct lq_http_request *request, const struct lq_gateway_peer *peer)
{
    struct lq_signed_in who;
    uint64_t most = desk->config->connections_per_tenant_max;

    if (!lq_http_request_has_item(request->websocket_protocol, LQ_DESK_SUBPROTOCOL)) {
        refuse_upgraded(desk, connection, LQ_PLAYER_CLOSE_NO_PROTOCOL, LQ_DESK_SUBPROTOCOL);
        return;
    }
    if (!sign_in(desk, request, peer, &who)) {
        refuse_upgraded(desk, connection, LQ_PLAYER_CLOSE_NOT_ACCEPTED, "sign in");
        return;
    }
    struct lq_desk_tenant *tenant =
        lq_player_opening_tenant(desk, who.claims.tenant, lq_clock_monotonic_ns());
    bool has_room = tenant != NULL && (most == 0 || tenant->connections < most);
    if (!has_room) {
        desk->counts.refused_process += tenant == NULL ? 1 : 0;
        desk->counts.refused_tenant += tenant != NULL ? 1 : 0;
        refuse_upgraded(desk, connection, LQ_PLAYER_CLOSE_TOO_MANY, "retry_ms=10000");
        return;
    }
    welcome_connection(desk, connection, tenant, &who);
}

static void on_request(void *context, uint64_t connection, const struct lq_http_request *request,
                       const struct lq_gateway_peer *peer)
{
    struct lq_player_desk *desk = context;

    if (request->is_upgrade && lq_view_equal(request->path, lq_view_text(LQ_HTTP_ROUTES_CONNECT))) {
        take_connect(desk, connection, request, peer);
    } else {
        lq_http_routes_answer(desk->server, desk->sign_in, desk->files, connection, request,
                              (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S));
    }
}

/* ---- commands ---- */

static void take_receipt(void *context, const struct lq_client_receipt *receipt)
{
    struct lq_player *player = context;
    char text[SMALL_TEXT_BYTES];
    struct lq_json_writer writer;
    const struct lq_receipt_text said = {.number = receipt->sequence,
                                         .previous = receipt->context != NULL,
                                         .outcome = (uint8_t)receipt->outcome,
                                         .frame = receipt->frame,
                                         .hash = receipt->hash,
                                         .letter_id = receipt->letter_id,
                                         .reason = receipt->reason};

    lq_json_writer_start(&writer, text, sizeof text);
    lq_message_text_receipt(&writer, &said);
    LQ_ASSERT(writer.bytes <= writer.bytes_max);
    lq_player_desk_say(player, lq_view_of(text, writer.bytes));
    player->desk->counts.receipts++;
    if (receipt->frame > player->answered_frame) {
        player->answered_frame = receipt->frame;
    }
    if (receipt->outcome == LQ_OUTCOME_UNUSED && lq_session_feed_is_over(receipt->reason)) {
        lq_session_feed_fail(player->feed, LQ_PLAYER_CLOSE_STOPPED, LQ_FEED_OVER_TEXT);
        return;
    }
    if (said.previous || receipt->outcome != LQ_OUTCOME_UNUSED) {
        return;
    }
    if (lq_view_equal(lq_view_cut(receipt->reason, 10), lq_view_text("SUPERSEDED"))) {
        player->is_superseded = true;
        player->desk->counts.superseded++;
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_SUPERSEDED, "the player is connected elsewhere");
    } else if (lq_view_equal(lq_view_cut(receipt->reason, 19),
                             lq_view_text("INCARNATION_TOO_OLD"))) {
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_STOPPING, "another incarnation is needed");
    }
}

/* The client that a command goes by; made when the first one comes. */
static lq_client_t *client_for(struct lq_player *player, bool previous, uint32_t *handle)
{
    lq_client_t **client = previous ? &player->previous : &player->client;
    uint32_t *known = previous ? &player->previous_handle : &player->handle;
    struct lq_error_message message;

    if (*client == NULL) {
        struct lq_client_id id = player->id;
        if (previous) {
            id = lq_client_id_of(lq_client_id_player(&player->id), player->previous_incarnation);
        }
        const struct lq_client_options options = {.tenant = player->tenant->name,
                                                  .id = &id,
                                                  .on_receipt = take_receipt,
                                                  .context = player,
                                                  .sessions_max = 1,
                                                  .outstanding_max = LQ_CLIENT_WINDOW,
                                                  .own_numbers = true,
                                                  .hears_quota = true};
        if (lq_client_new(player->desk->link, &options, client, &message) != LQ_OK) {
            lq_log_rarely(LQ_LOG_WARNING, "a client cannot be made: %.200s", message.text);
            return NULL;
        }
        if (lq_client_session(*client, player->feed->session, 1, known) != LQ_OK) {
            lq_client_destroy(client);
            return NULL;
        }
    }
    *handle = *known;
    return *client;
}

static void submit(struct lq_player *player, const struct lq_player_message *message,
                   const struct lq_command *command)
{
    static char previous_mark; /* its address: the receipt is of the previous incarnation */
    char reason[LQ_REASON_BYTES_MAX] = "too many commands are outstanding";
    struct lq_error_text error = {.code = "outstanding",
                                  .reason = reason,
                                  .number = (uint64_t)message->number,
                                  .previous = message->previous};
    const struct lq_client_number number = {(uint64_t)message->number, message->previous};
    uint32_t handle;
    lq_client_t *client = client_for(player, message->previous, &handle);

    if (client == NULL) {
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_TOO_MANY, "retry_ms=5000");
        return;
    }
    switch (lq_client_submit_numbered(client, handle, command, &number,
                                      message->previous ? &previous_mark : NULL, reason)) {
    case LQ_OK:
        player->desk->counts.commands++;
        player->desk->counts.settled += message->previous ? 1 : 0;
        return;
    case LQ_ERR_INVALID:
        error.code = "bad-message";
        break;
    case LQ_ERR_EXISTS:
        error.code = "number-in-use";
        snprintf(reason, sizeof reason, "a command of this number has no answer yet");
        error.number = 0; /* it is not free */
        break;
    default:
        break;
    }
    player->desk->counts.refused_messages++;
    say_error(player, &error);
}

static void take_command(struct lq_player *player, const struct lq_player_message *message)
{
    const struct lq_world_snapshot *newest = lq_snapshot_ring_newest(&player->feed->ring);
    const struct lq_rules_player who = {
        player->id, newest == NULL ? 0 : lq_world_snapshot_body_of(newest, &player->id),
        player->feed->config.width, player->feed->config.height};
    struct lq_command command;
    char reason[LQ_REASON_BYTES_MAX];

    if (lq_player_rules_judge(&player->tenant->rules, &who, message, &command, reason) != LQ_OK) {
        const struct lq_error_text error = {.code = "not-allowed",
                                            .reason = reason,
                                            .number = (uint64_t)message->number,
                                            .previous = message->previous};
        player->desk->counts.refused_rules++;
        say_error(player, &error);
        return;
    }
    submit(player, message, &command);
}

static void say_pong(struct lq_player *player, int64_t at)
{
    char text[128];
    struct lq_json_writer writer;

    lq_json_writer_start(&writer, text, sizeof text);
    lq_message_text_pong(&writer, at);
    lq_player_desk_say(player, lq_view_of(text, writer.bytes));
}

static void serve(struct lq_player *player, const struct lq_player_message *message)
{
    switch (message->type) {
    case LQ_PLAYER_MESSAGE_HELLO:
        lq_player_opening_hello(player, message);
        break;
    case LQ_PLAYER_MESSAGE_JOIN:
    case LQ_PLAYER_MESSAGE_COMMAND:
    case LQ_PLAYER_MESSAGE_LEAVE:
        take_command(player, message);
        break;
    case LQ_PLAYER_MESSAGE_PING:
        say_pong(player, message->at);
        break;
    default: /* view, ack, refresh: the next state may be due */
        lq_state_sender_wake(player->desk, player->feed);
        break;
    }
}

static void count_refusal(struct lq_player_desk *desk, const struct lq_player_judgement *judgement,
                          enum lq_player_verdict verdict)
{
    if (verdict == LQ_PLAYER_REFUSE && strcmp(judgement->code, "rate") == 0) {
        desk->counts.refused_rate++;
    } else if (verdict == LQ_PLAYER_REFUSE && strcmp(judgement->code, "not-allowed") == 0) {
        desk->counts.refused_rules++;
    } else if (judgement->close == LQ_PLAYER_CLOSE_TOO_MANY) {
        desk->counts.refused_rate++;
    } else {
        desk->counts.refused_messages++;
    }
}

static void on_message(void *context, uint64_t connection, struct lq_view text)
{
    struct lq_player_desk *desk = context;
    struct lq_player *player = find_player(desk, connection);
    static struct lq_player_message message;
    struct lq_player_judgement judgement = {.code = ""};

    if (player == NULL || player->is_ending) {
        return;
    }
    enum lq_result result = lq_message_reader_read(&desk->reader, text, &message, judgement.reason);
    enum lq_player_verdict verdict = lq_player_connection_take(&player->core, &message, result,
                                                               lq_clock_monotonic_ns(), &judgement);
    if (verdict == LQ_PLAYER_SERVE) {
        serve(player, &message);
        return;
    }
    count_refusal(desk, &judgement, verdict);
    if (verdict == LQ_PLAYER_CLOSE) {
        lq_player_desk_end(player, judgement.close, judgement.reason);
        return;
    }
    const struct lq_error_text error = {.code = judgement.code,
                                        .reason = judgement.reason,
                                        .number = message.number > 0 ? (uint64_t)message.number : 0,
                                        .previous = message.previous};
    say_error(player, &error);
}

/* ---- ends ---- */

static void on_room(void *context, uint64_t connection)
{
    struct lq_player *player = find_player(context, connection);

    if (player != NULL && player->feed != NULL) {
        lq_state_sender_wake(player->desk, player->feed);
    }
}

static void leave_feed(struct lq_player *player)
{
    struct lq_session_feed *feed = player->feed;

    if (feed == NULL) {
        return;
    }
    if (player->before != NULL) {
        player->before->next = player->next;
    } else {
        feed->members = player->next;
    }
    if (player->next != NULL) {
        player->next->before = player->before;
    }
    feed->member_count--;
    if (feed->member_count == 0) {
        feed->empty_since_ns = lq_clock_monotonic_ns();
    }
    player->feed = NULL;
}

/* A body may be there, or come of what is on its way, or be in a frame that is not here yet,
 * although its receipt is: it is looked after. So it is where nothing is known of the world,
 * because the cluster was restored: its body may be there again. */
static void cut(struct lq_player *player)
{
    struct lq_player_desk *desk = player->desk;
    const struct lq_world_snapshot *newest = lq_snapshot_ring_newest(&player->feed->ring);
    bool may_have_body =
        newest == NULL || lq_world_snapshot_body_of(newest, &player->id) != 0 ||
        player->answered_frame > newest->frame ||
        (player->client != NULL && lq_client_outstanding(player->client) > 0) ||
        (player->previous != NULL && lq_client_outstanding(player->previous) > 0) ||
        player->previous_incarnation != 0;

    if (may_have_body && !player->is_superseded) {
        desk->counts.cut++;
        lq_attendance_cut(desk->attendance, player->place, lq_clock_wall_ns() / LQ_NS_PER_MS);
    } else {
        lq_attendance_forget(desk->attendance, player->place);
    }
}

static void end_player(struct lq_player *player)
{
    if (player->place != LQ_ATTENDANCE_NONE) {
        cut(player);
    }
    lq_client_destroy(&player->client);
    lq_client_destroy(&player->previous);
    lq_player_opening_end(player);
    leave_feed(player);
    player->tenant->connections--;
    player->desk->player_count--;
    player->desk->players[lq_gateway_server_index(player->connection)] = NULL;
    free(player);
}

static void on_closed(void *context, uint64_t connection, const struct lq_gateway_closed *closed)
{
    struct lq_player *player = find_player(context, connection);

    (void)closed;
    if (player != NULL) {
        end_player(player);
    }
}

/* ---- the feeds' side ---- */

static void on_ready(void *context, struct lq_session_feed *feed)
{
    (void)context;
    for (struct lq_player *player = feed->members; player != NULL; player = player->next) {
        lq_player_opening_go_on(player);
    }
}

static void on_failed(void *context, struct lq_session_feed *feed)
{
    struct lq_player_desk *desk = context;

    for (struct lq_player *player = feed->members; player != NULL; player = player->next) {
        if (feed->close == LQ_PLAYER_CLOSE_NO_CLUSTER) {
            desk->counts.no_cluster++;
        } else {
            desk->counts.refused_session++;
        }
        lq_player_desk_end(player, feed->close, feed->reason);
    }
}

static void on_snapshot(void *context, struct lq_session_feed *feed)
{
    lq_state_sender_wake(context, feed);
}

/* Whose command it was has it in the next state; whoever is an older incarnation of the same player
 * is connected in vain. */
static void on_command(void *context, struct lq_session_feed *feed, const struct lq_client_id *id,
                       uint64_t sequence)
{
    struct lq_player_desk *desk = context;

    for (struct lq_player *player = feed->members; player != NULL; player = player->next) {
        if (!player->core.may_command || player->core.phase != LQ_PLAYER_SERVING ||
            !lq_client_id_same_player(&player->id, id)) {
            continue;
        }
        if (lq_client_id_equal(&player->id, id)) {
            player->core.applied =
                sequence > player->core.applied ? sequence : player->core.applied;
        } else if (lq_client_id_incarnation(id) > lq_client_id_incarnation(&player->id) &&
                   !player->is_ending) {
            player->is_superseded = true;
            desk->counts.superseded++;
            lq_player_desk_end(player, LQ_PLAYER_CLOSE_SUPERSEDED,
                               "the player is connected elsewhere");
        }
    }
}

/* Whether passing events would help to end it: more than half of what may wait for it does. */
static bool is_behind(const struct lq_player_desk *desk, const struct lq_player *player)
{
    return lq_gateway_server_waiting(desk->server, player->connection) >
           lq_gateway_server_room(desk->server, player->connection);
}

static void on_events(void *context, struct lq_session_feed *feed, struct lq_view text,
                      bool is_passing)
{
    struct lq_player_desk *desk = context;

    for (struct lq_player *player = feed->members; player != NULL; player = player->next) {
        if (player->core.phase == LQ_PLAYER_SERVING && !(is_passing && is_behind(desk, player))) {
            desk->counts.events++;
            lq_player_desk_say(player, text);
        }
    }
}

/* ---- the desk ---- */

struct lq_gateway_events lq_player_desk_server_events(struct lq_player_desk *desk)
{
    struct lq_gateway_events events = {.context = desk,
                                       .on_request = on_request,
                                       .on_message = on_message,
                                       .on_room = on_room,
                                       .on_closed = on_closed};

    return events;
}

struct lq_feed_events lq_player_desk_feed_events(struct lq_player_desk *desk)
{
    struct lq_feed_events events = {desk, on_ready, on_failed, on_snapshot, on_command, on_events};

    return events;
}

void lq_player_desk_revoked(void *context, const char *tenant, const char *key_id)
{
    struct lq_player_desk *desk = context;

    for (uint32_t at = 0; at < desk->player_room; at++) {
        struct lq_player *player = desk->players[at];
        if (player != NULL && strcmp(player->tenant->name, tenant) == 0 &&
            strcmp(player->key_id, key_id) == 0) {
            desk->counts.revoked++;
            lq_player_desk_end(player, LQ_PLAYER_CLOSE_NOT_ACCEPTED, "the key was revoked");
        }
    }
}

static void sweep_player(struct lq_player *player, uint64_t now_ns, int64_t now_s)
{
    if (player->expires_at_s + LQ_TOKEN_LEEWAY_S < now_s) {
        player->desk->counts.revoked += player->is_ending ? 0 : 1;
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_EXPIRED, "sign in again");
    } else if (player->opening != NULL && player->opening->deadline_ns != 0 &&
               player->opening->deadline_ns <= now_ns) {
        player->desk->counts.no_cluster += player->is_ending ? 0 : 1;
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_NO_CLUSTER, "no answer in time");
    }
}

void lq_player_desk_sweep(struct lq_player_desk *desk, uint64_t now_ns)
{
    int64_t now_s = (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S);
    struct lq_session_feed *feed = lq_feed_table_next(desk->feeds, NULL);

    for (uint32_t at = 0; at < desk->player_room; at++) {
        if (desk->players[at] != NULL) {
            sweep_player(desk->players[at], now_ns, now_s);
        }
    }
    while (feed != NULL) {
        struct lq_session_feed *next = lq_feed_table_next(desk->feeds, feed);
        if (feed->members == NULL && now_ns - feed->empty_since_ns >= LINGER_NS) {
            lq_session_feed_end(feed);
        }
        feed = next;
    }
}

void lq_player_desk_open(struct lq_player_desk *desk)
{
    desk->player_room = (uint32_t)desk->config->server.connections_max;
    desk->players = lq_alloc(desk->player_room, sizeof(struct lq_player *));
}

void lq_player_desk_close(struct lq_player_desk *desk)
{
    for (uint32_t at = 0; at < desk->player_room; at++) {
        if (desk->players[at] != NULL) {
            end_player(desk->players[at]);
        }
    }
    lq_departures_close(desk);
    for (uint32_t at = 0; at < desk->tenant_count; at++) {
        free(desk->tenants[at]);
    }
    free(desk->players);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/player_connection.h"

#include "gateway/domain/state_text.h"

#include <stdio.h>

void lq_player_connection_open(struct lq_player_connection *connection)
{
    *connection = (struct lq_player_connection){.phase = LQ_PLAYER_NEW,
                                                .states_per_s = LQ_PLAYER_STATES_PER_S,
                                                .view = {.all = true},
                                                .base_view = {.all = true}};
}

static enum lq_player_verdict close_with(struct lq_player_judgement *judgement,
                                         enum lq_player_close close, const char *reason)
{
    judgement->close = close;
    snprintf(judgement->reason, sizeof judgement->reason, "%s", reason);
    return LQ_PLAYER_CLOSE;
}

static enum lq_player_verdict refuse_with(struct lq_player_judgement *judgement, const char *code,
                                          const char *reason)
{
    judgement->code = code;
    snprintf(judgement->reason, sizeof judgement->reason, "%s", reason);
    return LQ_PLAYER_REFUSE;
}

static enum lq_player_verdict take_hello(struct lq_player_connection *connection,
                                         const struct lq_player_message *message)
{
    connection->phase = LQ_PLAYER_OPENING;
    connection->may_command = message->right != 2;
    connection->view = lq_player_message_view(message);
    connection->base_view = connection->view;
    if (lq_player_message_has(message, LQ_PLAYER_FIELD_HELLO_top_states_per_s)) {
        connection->states_per_s = (uint32_t)message->states_per_s;
    }
    return LQ_PLAYER_SERVE;
}

static enum lq_player_verdict take_command(struct lq_player_connection *connection,
                                           const struct lq_player_message *message, uint64_t now_ns,
                                           struct lq_player_judgement *judgement)
{
    if (!connection->may_command) {
        return refuse_with(judgement, "not-allowed", "who watches sends no commands");
    }
    if (message->previous && !connection->has_previous) {
        return refuse_with(judgement, "not-allowed", "previous: welcome named none");
    }
    /* What is settled was let through once already. */
    if (!message->previous &&
        !lq_rate_bucket_take(&connection->commands, connection->commands_per_s,
                             2 * connection->commands_per_s, now_ns)) {
        return refuse_with(judgement, "rate", "RATE: too many commands a second");
    }
    return LQ_PLAYER_SERVE;
}

static enum lq_player_verdict take_ack(struct lq_player_connection *connection,
                                       const struct lq_player_message *message,
                                       struct lq_player_judgement *judgement)
{
    if ((uint64_t)message->state > connection->state) {
        return close_with(judgement, LQ_PLAYER_CLOSE_BAD_MESSAGE, "state: none of that number");
    }
    if ((uint64_t)message->state > connection->acknowledged) {
        connection->acknowledged = (uint64_t)message->state;
    }
    return LQ_PLAYER_SERVE;
}

static enum lq_player_verdict take_first(struct lq_player_connection *connection,
                                         const struct lq_player_message *message,
                                         enum lq_result result,
                                         struct lq_player_judgement *judgement)
{
    if (message->type != LQ_PLAYER_MESSAGE_HELLO) {
        return close_with(judgement, LQ_PLAYER_CLOSE_BAD_MESSAGE, "type: hello comes first");
    }
    if (result != LQ_OK) {
        judgement->close = LQ_PLAYER_CLOSE_BAD_MESSAGE;
        return LQ_PLAYER_CLOSE;
    }
    return take_hello(connection, message);
}

static enum lq_player_verdict take_served(struct lq_player_connection *connection,
                                          const struct lq_player_message *message, uint64_t now_ns,
                                          struct lq_player_judgement *judgement)
{
    switch (message->type) {
    case LQ_PLAYER_MESSAGE_JOIN:
    case LQ_PLAYER_MESSAGE_COMMAND:
    case LQ_PLAYER_MESSAGE_LEAVE:
        return take_command(connection, message, now_ns, judgement);
    case LQ_PLAYER_MESSAGE_VIEW:
        connection->view = lq_player_message_view(message);
        return LQ_PLAYER_SERVE;
    case LQ_PLAYER_MESSAGE_ACK:
        return take_ack(connection, message, judgement);
    case LQ_PLAYER_MESSAGE_REFRESH:
        connection->base_serial = 0;
        connection->base_is_have = false;
        return LQ_PLAYER_SERVE;
    case LQ_PLAYER_MESSAGE_PING:
        return LQ_PLAYER_SERVE;
    default:
        return close_with(judgement, LQ_PLAYER_CLOSE_BAD_MESSAGE, "type: hello comes once");
    }
}

enum lq_player_verdict lq_player_connection_take(struct lq_player_connection *connection,
                                                 const struct lq_player_message *message,
                                                 enum lq_result result, uint64_t now_ns,
                                                 struct lq_player_judgement *judgement)
{
    if (!lq_rate_bucket_take(&connection->messages, LQ_PLAYER_MESSAGES_PER_S,
                             2 * LQ_PLAYER_MESSAGES_PER_S, now_ns)) {
        return close_with(judgement, LQ_PLAYER_CLOSE_TOO_MANY, "retry_ms=2000");
    }
    if (result == LQ_ERR_MALFORMED) {
        judgement->close = LQ_PLAYER_CLOSE_BAD_MESSAGE;
        return LQ_PLAYER_CLOSE;
    }
    if (connection->phase == LQ_PLAYER_NEW) {
        return take_first(connection, message, result, judgement);
    }
    if (connection->phase == LQ_PLAYER_OPENING) {
        return close_with(judgement, LQ_PLAYER_CLOSE_BAD_MESSAGE, "type: before welcome");
    }
    if (result != LQ_OK) {
        judgement->code = "bad-message";
        return LQ_PLAYER_REFUSE;
    }
    return take_served(connection, message, now_ns, judgement);
}

bool lq_player_connection_wants_state(const struct lq_player_connection *connection,
                                      uint64_t newest_serial, uint64_t now_ns, uint64_t *due_ns)
{
    bool has_news = connection->base_serial != newest_serial ||
                    connection->applied != connection->applied_sent ||
                    !lq_state_text_same_view(&connection->view, &connection->base_view);

    *due_ns = UINT64_MAX;
    if (connection->phase != LQ_PLAYER_SERVING || newest_serial == 0 || !has_news ||
        connection->state - connection->acknowledged >= LQ_PLAYER_UNACKNOWLEDGED_MAX) {
        return false;
    }
    if (now_ns < connection->next_state_ns) {
        *due_ns = connection->next_state_ns;
        return false;
    }
    return true;
}

void lq_player_connection_sent_state(struct lq_player_connection *connection, uint64_t serial,
                                     uint64_t now_ns)
{
    uint64_t each_ns = UINT64_C(1000000000) / connection->states_per_s;

    /* On a grid of its own, so that frames a little early or late do not lower the rate; never two
     * at once after a rest. */
    connection->next_state_ns = connection->next_state_ns + each_ns > now_ns
                                    ? connection->next_state_ns + each_ns
                                    : now_ns + each_ns;
    connection->state++;
    connection->base_serial = serial;
    connection->base_is_have = false;
    connection->base_view = connection->view;
    connection->applied_sent = connection->applied;
}

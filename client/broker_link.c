// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/broker_link.h"

#include "base/clock.h"
#include "proto/client_codec.h"

#include <stdio.h>

enum { MESSAGES_QUEUED_MAX = 256, RECONNECT_MS = 10, RECONNECT_MS_MAX = 200, HELLO_BYTES_MAX = 64 };

enum lq_result lq_broker_link_open(struct lq_broker_link *link, const char *endpoint,
                                   const struct lq_client_id *id, struct lq_error_message *message)
{
    const struct lq_dealer_options options = {
        .endpoint = endpoint,
        .part_bytes_max = LQ_BODY_BYTES_MAX,
        .sent_messages_max = MESSAGES_QUEUED_MAX,
        .reconnect_ms = RECONNECT_MS,
        .reconnect_ms_max = RECONNECT_MS_MAX,
    };

    *link = (struct lq_broker_link){.id = *id, .silence_ns = LQ_BROKER_LINK_SILENCE_NS};
    return lq_dealer_socket_open(&options, &link->socket, message);
}

void lq_broker_link_close(struct lq_broker_link *link)
{
    lq_dealer_socket_close(&link->socket, 0);
}

int lq_broker_link_descriptor(const struct lq_broker_link *link)
{
    return lq_dealer_socket_descriptor(link->socket);
}

bool lq_broker_link_is_ready(const struct lq_broker_link *link, bool wants_to_send)
{
    return lq_dealer_socket_is_ready(link->socket, wants_to_send);
}

bool lq_broker_link_writable(const struct lq_broker_link *link)
{
    return lq_dealer_socket_has_room(link->socket);
}

bool lq_broker_link_send(struct lq_broker_link *link, struct lq_view header, struct lq_view body)
{
    struct lq_message_part part;

    if (body.bytes == 0) {
        return lq_dealer_socket_send(link->socket, header, NULL);
    }
    /* A connection that breaks takes the message with it; the silence that follows repeats it. */
    lq_message_part_init_copy(&part, body);
    return lq_dealer_socket_send(link->socket, header, &part);
}

void lq_broker_link_close_message(struct lq_broker_message *message)
{
    lq_message_part_close(&message->header);
    lq_message_part_close(&message->body);
}

bool lq_broker_link_receive(struct lq_broker_link *link, struct lq_broker_message *message,
                            uint64_t now_ns)
{
    uint32_t part_count;

    lq_message_part_init(&message->header);
    lq_message_part_init(&message->body);
    while (lq_dealer_socket_receive(link->socket, &message->header, &message->body, &part_count)) {
        link->ping_due_ns = now_ns + LQ_BROKER_LINK_PING_NS;
        link->asked_at_ns = 0;
        link->silence_ns = LQ_BROKER_LINK_SILENCE_NS;
        bool framed = part_count <= 2 && lq_framing_get(lq_message_part_view(&message->header),
                                                        &message->kind, &message->message) == LQ_OK;
        if (framed && (part_count == 1 || message->kind == LQ_MESSAGE_ADMIN_REPLY)) {
            return true;
        }
    }
    lq_broker_link_close_message(message);
    return false;
}

bool lq_broker_link_welcome(struct lq_broker_link *link, struct lq_view message,
                            struct lq_arena *arena)
{
    struct lq_welcome welcome;
    const char *where = NULL;

    if (lq_welcome_decode(message, arena, &welcome, &where) != LQ_OK) {
        return false;
    }
    snprintf(link->not_served, sizeof link->not_served, "%.*s", (int)welcome.refused.bytes,
             welcome.refused.bytes > 0 ? (const char *)welcome.refused.data : "");
    if (welcome.epoch == 0) {
        return false;
    }
    bool other = welcome.epoch != link->epoch;
    link->epoch = welcome.epoch;
    link->limits = welcome;
    link->limits.refused = lq_view_of(NULL, 0); /* it pointed into the message */
    if (welcome.history.bytes > 0) {
        memcpy(link->history, welcome.history.data, sizeof link->history);
        link->has_history = true;
    }
    link->limits.history = lq_view_of(NULL, 0);
    return other;
}

static bool say_hello(struct lq_broker_link *link)
{
    uint8_t bytes[HELLO_BYTES_MAX];
    size_t written = 0;
    enum lq_result rc = lq_hello_encode(&link->id, bytes, sizeof bytes, &written);

    LQ_ASSERT(rc == LQ_OK);
    return lq_broker_link_send(link, lq_view_of(bytes, written), (struct lq_view){NULL, 0});
}

/* Silence is an unanswered HELLO, not the time since the last message: a caller that was away for
 * long has heard nothing because it did not ask. */
bool lq_broker_link_tick(struct lq_broker_link *link, bool awaiting, uint64_t now_ns)
{
    if (awaiting && !link->awaiting) {
        link->asked_at_ns = 0;
        link->silence_ns = LQ_BROKER_LINK_SILENCE_NS;
        link->ping_due_ns = link->epoch == 0 ? now_ns : now_ns + LQ_BROKER_LINK_PING_NS;
    }
    link->awaiting = awaiting;
    if (!awaiting) {
        return false;
    }
    if (now_ns >= link->ping_due_ns) {
        bool sent = say_hello(link);
        link->ping_due_ns = now_ns + (sent ? LQ_BROKER_LINK_PING_NS : RECONNECT_MS * LQ_NS_PER_MS);
        link->asked_at_ns = link->asked_at_ns == 0 ? now_ns : link->asked_at_ns;
    }
    if (link->asked_at_ns == 0 ||
        now_ns - link->asked_at_ns < link->silence_ns - LQ_BROKER_LINK_PING_NS) {
        return false;
    }
    link->silence_ns += link->silence_ns < LQ_BROKER_LINK_REPEAT_NS_MAX
                            ? link->silence_ns
                            : LQ_BROKER_LINK_REPEAT_NS_MAX;
    return true;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/client_port.h"

#include "base/clock.h"

#define COMMAND_BYTES_MAX (LQ_CUSTOM_BYTES_MAX + 256u)
#define SHARED_BODY_BYTES_MAX 16384u

static void submit_one(struct lq_client_port *port, struct lq_router_message *received,
                       const struct lq_submit *submit, const struct lq_submit_command *command,
                       uint32_t buffer, uint32_t offset)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_SUBMIT,
        .peer = received->peer,
        .tag = command->tag,
        .names = {submit->tenant, command->session},
        .client = submit->client,
        .sequence = command->sequence,
    };

    if (command->command_bytes > 0 && buffer == 0) {
        const uint8_t *body = lq_message_part_view(&received->body).data;
        event.payload = (struct lq_payload){
            lq_payload_buffers_copy(port->buffers,
                                    lq_view_of(body + offset, command->command_bytes)),
            0, command->command_bytes};
    } else if (command->command_bytes > 0) {
        event.payload = (struct lq_payload){buffer, offset, command->command_bytes};
        lq_payload_buffers_retain(port->buffers, buffer);
    }
    lq_core_feed_step(port->feed, &event);
}

static bool bodies_fit(const struct lq_submit *submit, size_t body_bytes)
{
    size_t sum = 0;

    for (uint32_t index = 0; index < submit->command_count; index++) {
        if (submit->commands[index].command_bytes > COMMAND_BYTES_MAX) {
            return false;
        }
        sum += submit->commands[index].command_bytes;
    }
    return sum == body_bytes;
}

static void read_submit(struct lq_client_port *port, struct lq_router_message *received)
{
    struct lq_submit submit;
    const char *where = "command_bytes";
    size_t body_bytes = lq_message_part_bytes(&received->body);
    uint32_t offset = 0;

    if (lq_submit_decode(received->message, &port->memory->arena, &submit, &where) != LQ_OK ||
        !bodies_fit(&submit, body_bytes)) {
        lq_malformed_tally_add(port->tally, "SUBMIT", where);
        return;
    }
    if (submit.epoch != port->feed->epoch) {
        lq_welcome_message_send(port->welcome, port->router, received->peer);
        return;
    }
    /* A part lives as long as one command in it waits. A large one would be kept for a few bytes,
     * and only those would be counted: its commands are copied. */
    bool shared = body_bytes > 0 && body_bytes <= SHARED_BODY_BYTES_MAX;
    uint32_t buffer = shared ? lq_payload_buffers_keep(port->buffers, &received->body) : 0;
    for (uint32_t index = 0; index < submit.command_count; index++) {
        submit_one(port, received, &submit, &submit.commands[index], buffer, offset);
        offset += submit.commands[index].command_bytes;
    }
    if (buffer != 0) {
        lq_payload_buffers_release(port->buffers, buffer);
    }
}

/* Nothing in it is needed: a client is known by its commands. */
static void read_hello(struct lq_client_port *port, const struct lq_router_message *received)
{
    struct lq_client_id client;
    const char *where = "";

    if (lq_hello_decode(received->message, &port->memory->arena, &client, &where) == LQ_OK) {
        lq_welcome_message_send(port->welcome, port->router, received->peer);
    } else {
        lq_malformed_tally_add(port->tally, "HELLO", where);
    }
}

static void read_message(struct lq_client_port *port, struct lq_router_message *received)
{
    switch (received->kind) {
    case LQ_MESSAGE_HELLO:
        read_hello(port, received);
        break;
    case LQ_MESSAGE_SUBMIT:
        read_submit(port, received);
        break;
    case LQ_MESSAGE_ADMIN:
        lq_admin_port_read(port->admin, received);
        break;
    default:
        lq_malformed_tally_add(port->tally, "message of a client", "its kind is not a client's");
        break;
    }
}

bool lq_client_port_read(struct lq_client_port *port, const struct lq_turn_budget *budget)
{
    uint32_t left = budget->messages;
    struct lq_router_message received;

    while (lq_clock_monotonic_ns() < budget->until_ns &&
           lq_router_socket_receive(port->router, port->feed->now_ns, &left, &received)) {
        lq_arena_reset(&port->memory->arena);
        read_message(port, &received);
        lq_router_message_close(&received);
    }
    return left == 0;
}

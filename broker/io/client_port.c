// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/client_port.h"

#include "base/clock.h"
#include "base/log.h"

#define COMMAND_BYTES_MAX (LQ_CUSTOM_BYTES_MAX + 256u)
#define SHARED_BODY_BYTES_MAX 16384u
/* A turn in which a quota was used up reads no longer than this: all work under way waits for its
 * end, and what is refused is nobody's work. */
#define REFUSING_NS_PER_TURN LQ_NS_PER_MS

/* A SUBMIT that is being read. */
struct reading {
    struct lq_client_port *port;
    struct lq_router_message *received;
    const struct lq_submit *submit;
    uint32_t buffer; /* of the whole body; 0: each command's is copied */
    bool withheld;   /* the core is given no bodies: it keeps none of the commands */
};

static struct lq_payload give_body(struct reading *reading, uint32_t offset, uint32_t bytes)
{
    lq_payload_buffers_t *buffers = reading->port->buffers;

    if (bytes == 0 || reading->withheld) {
        return (struct lq_payload){0, 0, bytes};
    }
    if (reading->buffer == 0) {
        const uint8_t *body = lq_message_part_view(&reading->received->body).data;
        return (struct lq_payload){
            lq_payload_buffers_copy(buffers, lq_view_of(body + offset, bytes)), 0, bytes};
    }
    lq_payload_buffers_retain(buffers, reading->buffer);
    return (struct lq_payload){reading->buffer, offset, bytes};
}

static void submit_one(struct reading *reading, const struct lq_submit_command *command,
                       uint32_t offset)
{
    const struct lq_submit *submit = reading->submit;
    struct lq_broker_event event = {
        .kind = LQ_ON_SUBMIT,
        .peer = reading->received->peer,
        .tag = command->tag,
        .names = {submit->tenant, command->session},
        .client = submit->client,
        .sequence = command->sequence,
        .payload = give_body(reading, offset, command->command_bytes),
    };

    lq_receipt_writer_next(reading->port->receipts, command->tag);
    lq_core_feed_step(reading->port->feed, &event);
}

static bool admits(const struct lq_client_port *port, const struct lq_submit *submit)
{
    return lq_broker_core_admits(port->feed->core, submit->tenant, port->feed->now_ns) > 0;
}

/* A command was refused for a quota: what follows in its round, or all that follows. */
static void withhold_rest(struct reading *reading)
{
    const struct lq_submit *submit = reading->submit;

    if (submit->round != 0) {
        lq_refused_rounds_note(reading->port->rounds, reading->received->peer, submit->tenant,
                               submit->round);
    }
    reading->withheld = submit->round != 0 || !admits(reading->port, submit);
}

static void submit_all(struct reading *reading)
{
    lq_receipt_writer_t *receipts = reading->port->receipts;
    uint64_t refused_before = lq_receipt_writer_quota_refusals(receipts);
    uint32_t offset = 0;

    lq_receipt_writer_begin(receipts);
    for (uint32_t index = 0; index < reading->submit->command_count; index++) {
        const struct lq_submit_command *command = &reading->submit->commands[index];
        submit_one(reading, command, offset);
        offset += command->command_bytes;
        uint64_t refused = lq_receipt_writer_quota_refusals(receipts);
        if (!reading->withheld && refused != refused_before) {
            refused_before = refused;
            withhold_rest(reading);
        }
    }
    lq_receipt_writer_end(receipts);
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

static void tell_not_served(void)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(5);

    lq_log_throttled(&lines, LQ_LOG_WARNING,
                     "a client has %u connections already: another one is not served",
                     LQ_CLIENT_ROSTER_CONNECTIONS_MAX);
}

/* The connection says whose it is. Whether it is served; it is told elsewhere that it is not. */
static bool enter(struct lq_client_port *port, struct lq_router_message *received,
                  const struct lq_client_id *client)
{
    if (lq_client_roster_refuses(port->roster, received->peer, port->feed->now_ns)) {
        return false;
    }
    const struct lq_connection_mark mark = lq_connection_mark_of(&received->header);
    bool served =
        lq_client_roster_enter(port->roster, received->peer, client, &mark, port->feed->now_ns);
    if (!served) {
        tell_not_served();
    }
    return served;
}

static void read_submit(struct lq_client_port *port, struct lq_router_message *received)
{
    struct lq_submit submit;
    const char *where = "command_bytes";
    size_t body_bytes = lq_message_part_bytes(&received->body);

    if (lq_submit_decode(received->message, &port->memory->arena, &submit, &where) != LQ_OK ||
        !bodies_fit(&submit, body_bytes)) {
        lq_malformed_tally_add(port->tally, "SUBMIT", where);
        return;
    }
    if (submit.epoch != port->feed->epoch) {
        lq_welcome_message_send(port->welcome, port->router, received->peer);
        return;
    }
    if (!lq_client_roster_knows(port->roster, received->peer) &&
        !enter(port, received, &submit.client)) {
        return;
    }
    uint32_t refused_round = lq_refused_rounds_find(port->rounds, received->peer, submit.tenant);
    struct reading reading = {
        .port = port,
        .received = received,
        .submit = &submit,
        .withheld = (submit.round != 0 && submit.round == refused_round) || !admits(port, &submit),
    };
    /* A part lives as long as one command in it waits. A large one would be kept for a few bytes,
     * and only those would be counted: its commands are copied. */
    if (!reading.withheld && body_bytes > 0 && body_bytes <= SHARED_BODY_BYTES_MAX) {
        reading.buffer = lq_payload_buffers_keep(port->buffers, &received->body);
    }
    submit_all(&reading);
    if (reading.buffer != 0) {
        lq_payload_buffers_release(port->buffers, reading.buffer);
    }
}

static void read_hello(struct lq_client_port *port, struct lq_router_message *received)
{
    struct lq_client_id client;
    const char *where = "";

    if (lq_hello_decode(received->message, &port->memory->arena, &client, &where) != LQ_OK) {
        lq_malformed_tally_add(port->tally, "HELLO", where);
        return;
    }
    bool served = lq_client_roster_serves(port->roster, received->peer, &client) ||
                  enter(port, received, &client);
    lq_welcome_message_send(served ? port->welcome : port->not_welcome, port->router,
                            received->peer);
}

static void read_message(struct lq_client_port *port, struct lq_router_message *received)
{
    if (received->kind != LQ_MESSAGE_HELLO &&
        lq_client_roster_refuses(port->roster, received->peer, port->feed->now_ns)) {
        return;
    }
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
    uint64_t until_ns = budget->until_ns;
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t refusing_until_ns = now_ns + REFUSING_NS_PER_TURN;
    uint64_t refused_before = lq_receipt_writer_quota_refusals(port->receipts);
    struct lq_router_message received;

    while (now_ns < until_ns &&
           lq_router_socket_receive(port->router, port->feed->now_ns, &left, &received)) {
        lq_arena_reset(&port->memory->arena);
        read_message(port, &received);
        lq_router_message_close(&received);
        if (refused_before != lq_receipt_writer_quota_refusals(port->receipts) &&
            refusing_until_ns < until_ns) {
            until_ns = refusing_until_ns;
        }
        now_ns = lq_clock_monotonic_ns();
    }
    return left == 0 || now_ns >= until_ns;
}

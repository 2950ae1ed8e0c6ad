// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/flood_sender.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/descriptor_limit.h"
#include "config/config_file.h"
#include "examples/arena/arena_sessions.h"
#include "proto/actor_codec.h"
#include "proto/tick_codec.h"
#include "transport/dealer_socket.h"
#include "transport/poll_set.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
    ARENA_BYTES = 1024 * 1024,
    COMMAND_BYTES_MAX = LQ_CUSTOM_BYTES_MAX + 256,
    MESSAGES_QUEUED_MAX = 16,
    NUMBERS_IN_TURN = 60, /* of the 64 above a client's highest */
    MESSAGES_PER_RECEIVE_MAX = 256,
    PAUSE_MS = 1,
    DESCRIPTORS_PER_SOCKET = 3
};
#define HELLO_EVERY_NS (UINT64_C(250) * LQ_NS_PER_MS)

/* tag: session, number, place in its message */
#define PLACE_BITS 10
#define SESSION_BITS 14
_Static_assert(1u << PLACE_BITS >= LQ_SUBMIT_COMMANDS_MAX, "each place has a tag");
_Static_assert(1u << SESSION_BITS >= LQ_FLOOD_SESSIONS_MAX, "each session has a tag");

struct numbers {
    uint64_t used; /* the highest that is known to be used up */
    uint64_t next;
};

struct connection {
    lq_dealer_socket_t *socket;
    struct lq_client_id client;
    uint64_t epoch; /* 0: not welcomed yet */
    uint64_t hello_due_ns;
    struct numbers *sessions;
};

struct lq_flood_sender {
    const struct lq_flood_options *options;
    struct lq_flood_tally *tally;
    struct connection *connections;
    uint32_t welcomed;
    uint32_t turn; /* the connection to send on next */
    uint32_t session;
    char (*names)[LQ_SESSION_NAME_BYTES_MAX + 1];
    struct lq_submit_command commands[LQ_SUBMIT_COMMANDS_MAX];
    uint32_t body_bytes; /* of each command */
    uint8_t body[COMMAND_BYTES_MAX];
    uint8_t header[LQ_HEADER_BYTES_MAX];
    struct lq_arena arena;
};

/* A push of the first body, or bytes that no stage of ours takes. */
static enum lq_result make_body(struct lq_flood_sender *sender)
{
    static uint8_t custom[LQ_CUSTOM_BYTES_MAX];
    size_t written = 0;
    struct lq_command command = {.kind = LQ_COMMAND_APPLY_IMPULSE,
                                 .outcome = LQ_OUTCOME_PENDING,
                                 .body_id = 1,
                                 .vx = 0.25F,
                                 .vy = -0.25F};

    if (sender->options->custom_bytes > 0) {
        command = (struct lq_command){.kind = LQ_COMMAND_CUSTOM, .outcome = LQ_OUTCOME_PENDING};
        command.custom = lq_view_of(custom, sender->options->custom_bytes);
    }
    enum lq_result rc = lq_command_encode(&command, sender->body, sizeof sender->body, &written);
    sender->body_bytes = (uint32_t)written;
    return rc;
}

static enum lq_result draw_id(struct lq_client_id *client)
{
    uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return LQ_ERR_IO;
    }
    *client = lq_client_id_fresh(random, lq_clock_wall_ns());
    return LQ_OK;
}

static enum lq_result connect_all(struct lq_flood_sender *sender, const char *endpoint,
                                  struct lq_error_message *message)
{
    const struct lq_dealer_options dealer = {
        .endpoint = endpoint,
        .part_bytes_max = LQ_BODY_BYTES_MAX,
        .sent_messages_max = MESSAGES_QUEUED_MAX,
        .reconnect_ms = 10,
        .reconnect_ms_max = 200,
    };
    enum lq_result rc = LQ_OK;

    for (uint32_t index = 0; index < sender->options->connections && rc == LQ_OK; index++) {
        struct connection *connection = &sender->connections[index];
        if (index > 0 && sender->options->one_client != 0) {
            connection->client = sender->connections[0].client;
        } else {
            rc = draw_id(&connection->client);
        }
        connection->sessions = lq_alloc(sender->options->sessions, sizeof *connection->sessions);
        if (rc == LQ_OK) {
            rc = lq_dealer_socket_open(&dealer, &connection->socket, message);
        }
    }
    return rc;
}

enum lq_result lq_flood_sender_open(const struct lq_flood_options *options, const char *runtime_dir,
                                    struct lq_flood_tally *tally, lq_flood_sender_t **sender,
                                    struct lq_error_message *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    lq_flood_sender_t *made = lq_alloc(1, sizeof *made);

    *sender = made;
    made->options = options;
    made->tally = tally;
    made->connections = lq_alloc(options->connections, sizeof *made->connections);
    made->names = lq_alloc(options->sessions, sizeof *made->names);
    for (uint32_t index = 0; index < options->sessions; index++) {
        lq_arena_sessions_name(options->prefix, index, made->names[index]);
    }
    made->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    enum lq_result rc = make_body(made);
    LQ_ASSERT(rc == LQ_OK);
    rc = lq_descriptor_limit_raise(
        LQ_DESCRIPTOR_LIMIT_BASE + options->connections * DESCRIPTORS_PER_SOCKET, message);
    if (rc == LQ_OK) {
        rc = lq_cluster_endpoint_in(runtime_dir, "cluster/runtime_dir", LQ_ENDPOINT_CLIENTS,
                                    endpoint, sizeof endpoint, message);
    }
    return rc == LQ_OK ? connect_all(made, endpoint, message) : rc;
}

void lq_flood_sender_close(lq_flood_sender_t **sender)
{
    lq_flood_sender_t *gone = *sender;

    if (gone == NULL) {
        return;
    }
    for (uint32_t index = 0; index < gone->options->connections; index++) {
        lq_dealer_socket_close(&gone->connections[index].socket, 0);
        free(gone->connections[index].sessions);
    }
    free(gone->connections);
    free(gone->names);
    free(gone->arena.memory);
    free(gone);
    *sender = NULL;
}

/* ---- receiving ---- */

static void take_welcome(struct lq_flood_sender *sender, struct connection *connection,
                         struct lq_view message)
{
    struct lq_welcome welcome;
    const char *where;

    if (lq_welcome_decode(message, &sender->arena, &welcome, &where) != LQ_OK) {
        return;
    }
    sender->tally->not_welcome += welcome.epoch == 0;
    if (welcome.epoch != 0) {
        sender->welcomed += connection->epoch == 0;
        connection->epoch = welcome.epoch;
    }
}

static void take_receipt(struct lq_flood_sender *sender, struct connection *connection,
                         struct lq_view message)
{
    struct lq_receipt receipt;
    const char *where;

    if (lq_receipt_decode(message, &sender->arena, &receipt, &where) != LQ_OK) {
        return;
    }
    sender->tally->receipts++;
    for (uint32_t index = 0; index < receipt.answer_count; index++) {
        const struct lq_receipt_answer *answer = &receipt.answers[index];
        uint64_t place = answer->tag & ((1u << PLACE_BITS) - 1);
        uint64_t last = answer->last_tag & ((1u << PLACE_BITS) - 1);
        uint64_t session = answer->tag >> PLACE_BITS & ((1u << SESSION_BITS) - 1);
        uint64_t number = answer->tag >> (PLACE_BITS + SESSION_BITS);
        bool run = answer->last_tag != 0 && last > place;
        lq_flood_tally_add(sender->tally, answer, run ? (uint32_t)(last - place + 1) : 1);
        if (answer->outcome != LQ_OUTCOME_UNUSED && session < sender->options->sessions &&
            number > connection->sessions[session].used) {
            connection->sessions[session].used = number;
        }
    }
}

static void say_hello(struct connection *connection, uint64_t now_ns)
{
    uint8_t bytes[64];
    size_t written = 0;

    if (now_ns >= connection->hello_due_ns &&
        lq_hello_encode(&connection->client, bytes, sizeof bytes, &written) == LQ_OK &&
        lq_dealer_socket_send(connection->socket, lq_view_of(bytes, written), NULL)) {
        connection->hello_due_ns = now_ns + HELLO_EVERY_NS;
    }
}

static void receive_one(struct lq_flood_sender *sender, struct connection *connection)
{
    struct lq_message_part header;
    struct lq_message_part body;
    enum lq_message_kind kind;
    struct lq_view message;
    uint32_t parts;

    lq_message_part_init(&header);
    lq_message_part_init(&body);
    for (uint32_t count = 0; count < MESSAGES_PER_RECEIVE_MAX &&
                             lq_dealer_socket_receive(connection->socket, &header, &body, &parts);
         count++) {
        lq_arena_reset(&sender->arena);
        if (lq_framing_get(lq_message_part_view(&header), &kind, &message) != LQ_OK) {
            continue;
        }
        if (kind == LQ_MESSAGE_WELCOME) {
            take_welcome(sender, connection, message);
        } else if (kind == LQ_MESSAGE_RECEIPT) {
            take_receipt(sender, connection, message);
        }
    }
    lq_message_part_close(&header);
    lq_message_part_close(&body);
}

uint32_t lq_flood_sender_receive(lq_flood_sender_t *sender, uint64_t now_ns)
{
    for (uint32_t index = 0; index < sender->options->connections; index++) {
        struct connection *connection = &sender->connections[index];
        receive_one(sender, connection);
        if (connection->epoch == 0) {
            say_hello(connection, now_ns);
        }
    }
    return sender->welcomed;
}

void lq_flood_sender_pause(lq_flood_sender_t *sender)
{
    struct lq_poll_entry entry = {
        .socket = lq_dealer_socket_handle(sender->connections[sender->turn].socket)};

    (void)lq_poll_set_wait(&entry, 1, PAUSE_MS * LQ_NS_PER_MS);
}

/* ---- sending ---- */

static uint64_t take_number(struct numbers *numbers)
{
    if (numbers->next <= numbers->used || numbers->next > numbers->used + NUMBERS_IN_TURN) {
        numbers->next = numbers->used + 1;
    }
    return numbers->next++;
}

static void gather(struct lq_flood_sender *sender, struct connection *connection, uint32_t count)
{
    for (uint32_t place = 0; place < count; place++) {
        uint32_t session = sender->session;
        uint64_t number = take_number(&connection->sessions[session]);
        sender->session = session + 1 < sender->options->sessions ? session + 1 : 0;
        sender->commands[place] = (struct lq_submit_command){
            .session = lq_view_text(sender->names[session]),
            .sequence = number,
            .tag = number << (PLACE_BITS + SESSION_BITS) | (uint64_t)session << PLACE_BITS | place,
            .command_bytes = sender->body_bytes,
        };
    }
}

static bool send_on(struct lq_flood_sender *sender, struct connection *connection)
{
    uint32_t body_max = LQ_BODY_BYTES_MAX / sender->body_bytes;
    uint32_t count = (uint32_t)sender->options->commands;
    struct lq_message_part body;
    size_t written = 0;

    count = count < body_max ? count : body_max;
    gather(sender, connection, count);
    const struct lq_submit submit = {
        .epoch = connection->epoch,
        .client = connection->client,
        .tenant = lq_view_text(sender->options->tenant),
        .command_count = count,
        .commands = sender->commands,
    };
    if (lq_submit_encode(&submit, sender->header, sizeof sender->header, &written) != LQ_OK) {
        return false;
    }
    uint8_t *to = lq_message_part_init_size(&body, (size_t)count * sender->body_bytes);
    for (uint32_t place = 0; place < count; place++) {
        memcpy(to + (size_t)place * sender->body_bytes, sender->body, sender->body_bytes);
    }
    if (!lq_dealer_socket_send(connection->socket, lq_view_of(sender->header, written), &body)) {
        return false;
    }
    sender->tally->sent += count;
    sender->tally->messages++;
    return true;
}

uint64_t lq_flood_sender_send(lq_flood_sender_t *sender, uint64_t messages)
{
    uint32_t passed = 0; /* connections in a row that take nothing */
    uint64_t sent = 0;

    while (sent < messages && passed < sender->options->connections) {
        struct connection *connection = &sender->connections[sender->turn];
        sender->turn = sender->turn + 1 < sender->options->connections ? sender->turn + 1 : 0;
        if (connection->epoch != 0 && lq_dealer_socket_has_room(connection->socket) &&
            send_on(sender, connection)) {
            sent++;
            passed = 0;
        } else {
            passed++;
        }
    }
    return sent;
}

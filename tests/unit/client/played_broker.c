// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/client/played_broker.h"

#include "base/clock.h"
#include "proto/actor_codec.h"
#include "proto/play_codec.h"
#include "proto/tick_codec.h"
#include "tests/unit/client/client_cases.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PEERS_MAX = 64, MESSAGES_PER_HEARING = 100000 };

static uint8_t arena_bytes[1024 * 1024];
static uint8_t message_bytes[LQ_HEADER_BYTES_MAX];

static lq_router_socket_t *open_router(const char *folder, const char *name)
{
    char endpoint[128];
    struct lq_error_message message = {""};
    lq_router_socket_t *router = NULL;

    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s", folder, name);
    const struct lq_router_options options = {.endpoint = endpoint,
                                              .peers_max = PEERS_MAX,
                                              .part_bytes_max = LQ_BODY_BYTES_MAX,
                                              .received_messages_max = 64};
    ck_assert_msg(lq_router_socket_open(&options, &router, &message) == LQ_OK, "%s", message.text);
    return router;
}

void lq_played_broker_open(struct lq_played_broker *broker, const struct lq_link_options *options)
{
    struct lq_link_options of_link = *options;
    struct lq_error_message message = {""};

    memset(broker, 0, sizeof *broker);
    broker->epoch = 7;
    snprintf(broker->folder, sizeof broker->folder, "/tmp/lq-link-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(broker->folder));
    broker->clients = open_router(broker->folder, "clients.sock");
    broker->frames = open_router(broker->folder, "frames.sock");
    of_link.runtime_dir = broker->folder;
    ck_assert_msg(lq_link_open(&of_link, &broker->link, &message) == LQ_OK, "%s", message.text);
}

void lq_played_broker_close(struct lq_played_broker *broker)
{
    char path[128];

    lq_link_close(&broker->link);
    lq_router_socket_close(&broker->clients);
    lq_router_socket_close(&broker->frames);
    for (uint32_t index = 0; index < 2; index++) {
        snprintf(path, sizeof path, "%s/%s", broker->folder,
                 index == 0 ? "clients.sock" : "frames.sock");
        unlink(path);
    }
    rmdir(broker->folder);
}

/* ---- hearing ---- */

static void send_to(lq_router_socket_t *router, uint32_t peer, size_t bytes)
{
    ck_assert_int_eq(lq_router_socket_send(router, peer, lq_view_of(message_bytes, bytes), NULL),
                     LQ_OK);
}

static void welcome(struct lq_played_broker *broker, uint32_t peer)
{
    const struct lq_welcome said = {.epoch = broker->epoch,
                                    .commands_per_message_max = LQ_SUBMIT_COMMANDS_MAX,
                                    .message_bytes_max = LQ_BODY_BYTES_MAX,
                                    .mailbox_commands_max = 1000};
    size_t bytes = 0;

    ck_assert_int_eq(lq_welcome_encode(&said, message_bytes, sizeof message_bytes, &bytes), LQ_OK);
    send_to(broker->clients, peer, bytes);
}

/* A machine on which time is long has heard it before. */
static bool is_repeat(const struct lq_played_broker *broker, uint64_t epoch, uint64_t tag)
{
    for (uint32_t index = 0; index < broker->command_count; index++) {
        if (broker->commands[index].tag == tag && broker->commands[index].epoch == epoch) {
            return true;
        }
    }
    return false;
}

static void note_submit(struct lq_played_broker *broker, const struct lq_router_message *received,
                        struct lq_arena *arena)
{
    struct lq_submit submit;
    const char *where = "";

    ck_assert_int_eq(lq_submit_decode(received->message, arena, &submit, &where), LQ_OK);
    for (uint32_t index = 0; index < submit.command_count; index++) {
        if (is_repeat(broker, submit.epoch, submit.commands[index].tag)) {
            continue;
        }
        ck_assert_uint_lt(broker->command_count, LQ_PLAYED_COMMANDS_MAX);
        struct lq_played_command *command = &broker->commands[broker->command_count++];
        *command = (struct lq_played_command){.client = submit.client,
                                              .sequence = submit.commands[index].sequence,
                                              .tag = submit.commands[index].tag,
                                              .epoch = submit.epoch,
                                              .peer = received->peer,
                                              .round = submit.round,
                                              .message = broker->submits};
        snprintf(command->tenant, sizeof command->tenant, "%.*s", (int)submit.tenant.bytes,
                 (const char *)submit.tenant.data);
    }
    broker->submits++;
}

static void note_request(struct lq_played_broker *broker, const struct lq_router_message *received,
                         struct lq_arena *arena)
{
    struct lq_admin_request request;
    const char *where = "";

    ck_assert_int_eq(lq_admin_request_decode(received->message, arena, &request, &where), LQ_OK);
    for (uint32_t index = 0; index < broker->request_count; index++) {
        if (broker->requests[index].tag == request.tag) {
            return; /* a repeat */
        }
    }
    ck_assert_uint_lt(broker->request_count, LQ_PLAYED_REQUESTS_MAX);
    broker->requests[broker->request_count++] =
        (struct lq_admin_request){.kind = request.kind,
                                  .tag = request.tag,
                                  .has_cursor = request.has_cursor,
                                  .cursor.ledger_sequence = request.cursor.ledger_sequence,
                                  .cursor.outbox_sequence = request.cursor.outbox_sequence};
    broker->admin_peer = received->peer;
}

static void note_watch(struct lq_played_broker *broker, const struct lq_router_message *received,
                       struct lq_arena *arena)
{
    struct lq_watch_request request;
    const char *where = "";

    ck_assert_int_eq(lq_watch_request_decode(received->message, arena, &request, &where), LQ_OK);
    ck_assert_uint_lt(broker->watch_count, LQ_PLAYED_WATCHES_MAX);
    broker->watches[broker->watch_count++] = (struct lq_watch_request){
        .tag = request.tag, .world = request.world, .stop = request.stop, .play = request.play};
    broker->watch_peer = received->peer;
}

static void take(struct lq_played_broker *broker, const struct lq_router_message *received)
{
    struct lq_arena arena = {.memory = arena_bytes, .bytes = sizeof arena_bytes};

    switch (received->kind) {
    case LQ_MESSAGE_HELLO:
        broker->hellos++;
        welcome(broker, received->peer);
        break;
    case LQ_MESSAGE_SUBMIT:
        note_submit(broker, received, &arena);
        break;
    case LQ_MESSAGE_ADMIN:
        note_request(broker, received, &arena);
        break;
    case LQ_MESSAGE_WATCH:
        note_watch(broker, received, &arena);
        break;
    default:
        ck_abort_msg("a message of kind %d", (int)received->kind);
    }
}

void lq_played_broker_hear(struct lq_played_broker *broker)
{
    lq_router_socket_t *routers[] = {broker->clients, broker->frames};
    struct lq_router_message received;

    for (uint32_t index = 0; index < 2; index++) {
        uint32_t left = MESSAGES_PER_HEARING;
        while (
            lq_router_socket_receive(routers[index], lq_clock_monotonic_ns(), &left, &received)) {
            take(broker, &received);
            lq_router_message_close(&received);
        }
    }
}

void lq_played_broker_pass(struct lq_played_broker *broker)
{
    struct pollfd polled = {.fd = lq_link_descriptor(broker->link), .events = POLLIN};
    uint64_t timer_ns = lq_link_next_timer_ns(broker->link);
    uint64_t now_ns = lq_clock_monotonic_ns();
    int wait_ms = timer_ns <= now_ns ? 0 : 20;
    bool told = poll(&polled, 1, wait_ms) > 0;

    /* Nobody spoke, and no time came: a turn is not due, and there is nothing for one. */
    if (!told && timer_ns > lq_clock_monotonic_ns()) {
        broker->late_wakes += lq_link_turn(broker->link) > 0;
    } else {
        (void)lq_link_turn(broker->link);
    }
    lq_played_broker_hear(broker);
}

void lq_played_broker_await(struct lq_played_broker *broker, uint32_t command_count)
{
    while (broker->command_count < command_count) {
        lq_played_broker_pass(broker);
    }
}

/* ---- speaking ---- */

void lq_played_broker_answer(struct lq_played_broker *broker, uint32_t command,
                             enum lq_outcome outcome, const char *reason, uint32_t again_ms)
{
    struct lq_receipt_answer answer = {.tag = broker->commands[command].tag,
                                       .outcome = (uint8_t)outcome,
                                       .frame = outcome == LQ_OUTCOME_APPLIED,
                                       .reason = lq_view_text(reason),
                                       .again_ms = again_ms};
    const struct lq_receipt receipt = {broker->epoch, 1, &answer};
    size_t bytes = 0;

    ck_assert_int_eq(lq_receipt_encode(&receipt, message_bytes, sizeof message_bytes, &bytes),
                     LQ_OK);
    send_to(broker->clients, broker->commands[command].peer, bytes);
}

void lq_played_broker_renew(struct lq_played_broker *broker)
{
    ck_assert_uint_gt(broker->command_count, 0);
    broker->epoch++;
    welcome(broker, broker->commands[broker->command_count - 1].peer);
}

void lq_played_broker_reply_with(struct lq_played_broker *broker,
                                 const struct lq_admin_reply *reply)
{
    size_t bytes = 0;

    ck_assert_int_eq(lq_admin_reply_encode(reply, message_bytes, sizeof message_bytes, &bytes),
                     LQ_OK);
    send_to(broker->clients, broker->admin_peer, bytes);
}

void lq_played_broker_reply(struct lq_played_broker *broker, uint64_t tag)
{
    const struct lq_admin_reply reply = {.tag = tag, .result = LQ_OK, .count = tag};

    lq_played_broker_reply_with(broker, &reply);
}

void lq_played_broker_watching(struct lq_played_broker *broker, uint64_t tag, enum lq_result result)
{
    const struct lq_watching watching = {.epoch = broker->epoch,
                                         .tag = tag,
                                         .began = broker->says_began,
                                         .frame = 40,
                                         .result = (uint32_t)result,
                                         .message = lq_view_text(result == LQ_OK ? "" : "no")};
    size_t bytes = 0;

    ck_assert_int_eq(lq_watching_encode(&watching, message_bytes, sizeof message_bytes, &bytes),
                     LQ_OK);
    send_to(broker->frames, broker->watch_peer, bytes);
}

void lq_played_broker_frame(struct lq_played_broker *broker, uint64_t tag, uint64_t frame)
{
    const struct lq_frame_notice notice = {
        .epoch = broker->epoch, .frame = frame, .steps = 1, .tag = tag};
    size_t bytes = 0;

    ck_assert_int_eq(lq_frame_notice_encode(&notice, message_bytes, sizeof message_bytes, &bytes),
                     LQ_OK);
    send_to(broker->frames, broker->watch_peer, bytes);
}

void lq_played_broker_play(struct lq_played_broker *broker, uint64_t tag, uint64_t frame,
                           uint64_t sequence)
{
    static struct lq_world world;
    uint8_t encoded[4096];
    struct lq_message_part body;
    const struct lq_play_command command = {
        .client = {{9}}, .sequence = sequence, .outcome = LQ_OUTCOME_APPLIED};
    const struct lq_play play = {.command_count = 1, .commands = &command};
    size_t world_bytes = 0;
    size_t play_bytes = 0;
    size_t bytes = 0;

    lq_world_clear(&world);
    world.next_body_id = 17;
    ck_assert_int_eq(lq_world_encode(&world, encoded, sizeof encoded, &world_bytes), LQ_OK);
    ck_assert_int_eq(
        lq_play_encode(&play, encoded + world_bytes, sizeof encoded - world_bytes, &play_bytes),
        LQ_OK);
    const struct lq_frame_notice notice = {
        .epoch = broker->epoch, .frame = frame, .tag = tag, .world_bytes = (uint32_t)world_bytes};
    ck_assert_int_eq(lq_frame_notice_encode(&notice, message_bytes, sizeof message_bytes, &bytes),
                     LQ_OK);
    lq_message_part_init_copy(&body, lq_view_of(encoded, world_bytes + play_bytes));
    ck_assert_int_eq(lq_router_socket_send(broker->frames, broker->watch_peer,
                                           lq_view_of(message_bytes, bytes), &body),
                     LQ_OK);
}

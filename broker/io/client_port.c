// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What clients say becomes events; what the broker itself can answer is answered here. */
#include "broker/io/broker_shell.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_name.h"
#include "base/log.h"
#include "config.h"
#include "transport/accept_gate.h"

#include <stdio.h>
#include <unistd.h>

#define COMMAND_BYTES_MAX (LQ_CUSTOM_BYTES_MAX + 256u)
#define SHARED_BODY_BYTES_MAX 16384u
#define QUERY_BYTES_MAX 4096u
#define LETTER_REQUESTS_MAX 256u /* with the storage thread */

static void submit_one(struct lq_broker_shell *shell, struct lq_router_message *received,
                       const struct lq_submit *submit, const struct lq_submit_command *command,
                       uint32_t buffer, uint32_t offset)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_SUBMIT,
        .peer = received->peer,
        .tag = command->tag,
        .tenant = submit->tenant,
        .session = command->session,
        .client = submit->client,
        .sequence = command->sequence,
    };

    if (command->command_bytes > 0 && buffer == 0) {
        const uint8_t *body = lq_message_part_view(&received->body).data;
        event.payload = (struct lq_payload){
            lq_payload_buffers_copy(shell->buffers,
                                    lq_view_of(body + offset, command->command_bytes)),
            0, command->command_bytes};
    } else if (command->command_bytes > 0) {
        event.payload = (struct lq_payload){buffer, offset, command->command_bytes};
        lq_payload_buffers_retain(shell->buffers, buffer);
    }
    lq_broker_shell_step(shell, &event);
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

static void read_submit(struct lq_broker_shell *shell, struct lq_router_message *received)
{
    struct lq_submit submit;
    const char *where = "command_bytes";
    size_t body_bytes = lq_message_part_bytes(&received->body);
    uint32_t offset = 0;

    if (lq_submit_decode(received->message, &shell->arena, &submit, &where) != LQ_OK ||
        !bodies_fit(&submit, body_bytes)) {
        lq_broker_shell_malformed(shell, "SUBMIT", where);
        return;
    }
    if (submit.epoch != shell->epoch) {
        lq_broker_shell_welcome(shell, shell->clients, received->peer);
        return;
    }
    /* A part lives as long as one command in it waits. A large one would be kept for a few bytes,
     * and only those would be counted: its commands are copied. */
    bool shared = body_bytes > 0 && body_bytes <= SHARED_BODY_BYTES_MAX;
    uint32_t buffer = shared ? lq_payload_buffers_keep(shell->buffers, &received->body) : 0;
    for (uint32_t index = 0; index < submit.command_count; index++) {
        submit_one(shell, received, &submit, &submit.commands[index], buffer, offset);
        offset += submit.commands[index].command_bytes;
    }
    if (buffer != 0) {
        lq_payload_buffers_release(shell->buffers, buffer);
    }
}

/* ---- administration ---- */

static void reply(struct lq_broker_shell *shell, uint32_t peer, const struct lq_admin_reply *answer)
{
    size_t bytes;

    if (lq_admin_reply_encode(answer, shell->scratch, LQ_HEADER_BYTES_MAX, &bytes) == LQ_OK) {
        (void)lq_router_socket_send(shell->clients, peer, lq_view_of(shell->scratch, bytes), NULL);
    }
}

static void refuse(struct lq_broker_shell *shell, uint32_t peer, uint64_t tag,
                   enum lq_result result, const char *message)
{
    struct lq_admin_reply answer = {.tag = tag, .result = result, .message = lq_view_text(message)};

    reply(shell, peer, &answer);
}

static void answer_status(struct lq_broker_shell *shell, uint32_t peer, uint64_t tag)
{
    static struct lq_status status; /* too large for the stack; one thread */
    struct lq_admin_reply answer = {.tag = tag, .status = &status};
    uint32_t waiting = lq_broker_core_letters_waiting(shell->core);
    char notice[128];

    memset(&status, 0, sizeof status);
    lq_broker_core_status(shell->core, shell->now_ns, &status);
    lq_dispatch_meter_report(shell->meter, &status);
    status.malformed = lq_broker_shell_malformed_count(shell);
    status.turn_max_us = shell->turn_max_us;
    status.connections = lq_accept_gate_connections();
    status.refused_connections = lq_accept_gate_refused();
    status.watches = lq_frame_publisher_watches(shell->publisher);
    status.pid = (uint32_t)getpid();
    status.uptime_ms = (shell->now_ns - shell->started_ns) / LQ_NS_PER_MS;
    status.version = lq_view_text(PACKAGE_VERSION);
    if (waiting > 0) {
        snprintf(notice, sizeof notice,
                 "the dead letters are full: %u sessions wait until some are drained, purged or "
                 "redriven",
                 waiting);
        answer.message = lq_view_text(notice);
    }
    reply(shell, peer, &answer);
}

/* An execution of one state, by persist or load, which answers with an encoded reply. */
static void execute(struct lq_broker_shell *shell, struct lq_router_message *received,
                    const struct lq_admin_request *request, enum lq_execution_kind kind)
{
    uint32_t bytes = (uint32_t)lq_message_part_bytes(&received->header);
    bool named = lq_tenant_name_valid(request->tenant) || request->kind == LQ_ADMIN_LIST_TENANTS;
    bool needs_session =
        request->kind == LQ_ADMIN_CREATE_SESSION || request->kind == LQ_ADMIN_SHOW_SESSION;

    if (!named || (needs_session && !lq_session_name_valid(request->session))) {
        refuse(shell, received->peer, request->tag, LQ_ERR_INVALID,
               !named ? "tenant: 1 to 32 bytes of A-Z a-z 0-9 . _ -, no dot first"
                      : "session: 1 to 64 bytes of A-Z a-z 0-9 . _ -, no dot first");
        return;
    }
    /* Questions are not held back when memory is short, so they must be as small as they need be.
     */
    if (kind == LQ_EXECUTION_QUERY && bytes > QUERY_BYTES_MAX) {
        refuse(shell, received->peer, request->tag, LQ_ERR_LIMIT, "the request is too long");
        return;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_ADMIN,
        .peer = received->peer,
        .tag = request->tag,
        .tenant = named && request->tenant.bytes <= LQ_TENANT_NAME_BYTES_MAX ? request->tenant
                                                                             : lq_view_of(NULL, 0),
        .session = needs_session ? request->session : lq_view_of("", 0),
        .admin = {kind},
    };
    event.payload = (struct lq_payload){
        lq_payload_buffers_copy(shell->buffers, lq_message_part_view(&received->header)), 0, bytes};
    lq_broker_shell_step(shell, &event);
}

static bool fits_parked(const struct lq_admin_request *request, struct lq_view tenant,
                        struct lq_view session, struct lq_view stage)
{
    return (request->tenant.bytes == 0 || lq_view_equal(request->tenant, tenant)) &&
           (request->session.bytes == 0 || lq_view_equal(request->session, session)) &&
           (request->stage.bytes == 0 || lq_view_equal(request->stage, stage));
}

static void resume_sessions(struct lq_broker_shell *shell, uint32_t peer,
                            const struct lq_admin_request *request)
{
    struct lq_admin_reply answer = {.tag = request->tag};
    struct lq_view tenant, session, stage;
    uint32_t cursor = 0;

    while (lq_broker_core_next_parked(shell->core, &cursor, &tenant, &session, &stage)) {
        answer.count += fits_parked(request, tenant, session, stage);
    }
    if (!request->dry_run && answer.count > 0) {
        struct lq_broker_event event = {.kind = LQ_ON_RESUME,
                                        .tenant = request->tenant,
                                        .session = request->session,
                                        .parking = {request->stage}};
        /* A step resumes as many as its effects have room for. */
        for (uint64_t resumed = 0; resumed < answer.count; resumed += LQ_SHELL_EFFECTS_MAX / 2) {
            lq_broker_shell_step(shell, &event);
        }
    }
    reply(shell, peer, &answer);
}

static void post_letter_request(struct lq_broker_shell *shell,
                                const struct lq_router_message *received, uint64_t tag)
{
    if (lq_storage_thread_requests(shell->storage) >= LETTER_REQUESTS_MAX) {
        refuse(shell, received->peer, tag, LQ_ERR_FULL,
               LQ_REASON_BROKER_FULL ": too many requests about letters wait");
        return;
    }
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_ADMIN);

    job->peer = received->peer;
    job->byte_count = received->message.bytes;
    job->bytes = lq_alloc(1, job->byte_count + 1);
    memcpy(job->bytes, received->message.data, job->byte_count);
    lq_storage_thread_post(shell->storage, job);
}

static void read_admin(struct lq_broker_shell *shell, struct lq_router_message *received)
{
    struct lq_admin_request request;
    const char *where = "";

    if (lq_admin_request_decode(received->message, &shell->arena, &request, &where) != LQ_OK) {
        lq_broker_shell_malformed(shell, "ADMIN request", where);
        return;
    }
    /* A queue may deliver what was meant for the broker before: its sender says it again. */
    if (request.epoch != shell->epoch) {
        lq_broker_shell_welcome(shell, shell->clients, received->peer);
        return;
    }
    switch ((enum lq_admin_kind)request.kind) {
    case LQ_ADMIN_STATUS:
        answer_status(shell, received->peer, request.tag);
        break;
    case LQ_ADMIN_CREATE_TENANT:
        execute(shell, received, &request, LQ_EXECUTION_CREATE_TENANT);
        break;
    case LQ_ADMIN_CREATE_SESSION:
        execute(shell, received, &request, LQ_EXECUTION_CREATE_SESSION);
        break;
    case LQ_ADMIN_LIST_TENANTS:
    case LQ_ADMIN_SHOW_TENANT:
    case LQ_ADMIN_LIST_SESSIONS:
    case LQ_ADMIN_SHOW_SESSION:
        execute(shell, received, &request, LQ_EXECUTION_QUERY);
        break;
    case LQ_ADMIN_RESUME_SESSIONS:
        resume_sessions(shell, received->peer, &request);
        break;
    case LQ_ADMIN_LIST_LETTERS:
    case LQ_ADMIN_SHOW_LETTER:
    case LQ_ADMIN_ACKNOWLEDGE_LETTERS:
    case LQ_ADMIN_REDRIVE_LETTERS:
    case LQ_ADMIN_PURGE_LETTERS:
        post_letter_request(shell, received, request.tag);
        break;
    default:
        refuse(shell, received->peer, request.tag, LQ_ERR_INVALID, "kind: no such request");
        break;
    }
}

/* Nothing in it is needed: a client is known by its commands. */
static void read_hello(struct lq_broker_shell *shell, const struct lq_router_message *received)
{
    struct lq_client_id client;
    const char *where = "";

    if (lq_hello_decode(received->message, &shell->arena, &client, &where) == LQ_OK) {
        lq_broker_shell_welcome(shell, shell->clients, received->peer);
    } else {
        lq_broker_shell_malformed(shell, "HELLO", where);
    }
}

static void read_message(struct lq_broker_shell *shell, struct lq_router_message *received)
{
    switch (received->kind) {
    case LQ_MESSAGE_HELLO:
        read_hello(shell, received);
        break;
    case LQ_MESSAGE_SUBMIT:
        read_submit(shell, received);
        break;
    case LQ_MESSAGE_ADMIN:
        read_admin(shell, received);
        break;
    default:
        lq_broker_shell_malformed(shell, "message of a client", "its kind is not a client's");
        break;
    }
}

bool lq_client_port_read(struct lq_broker_shell *shell, const struct lq_turn_budget *budget)
{
    uint32_t left = budget->messages;
    struct lq_router_message received;

    while (lq_clock_monotonic_ns() < budget->until_ns &&
           lq_router_socket_receive(shell->clients, shell->now_ns, &left, &received)) {
        lq_arena_reset(&shell->arena);
        read_message(shell, &received);
        lq_router_message_close(&received);
    }
    return left == 0;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/client.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/descriptor_limit.h"
#include "base/log.h"
#include "client/broker_link.h"
#include "client/outstanding.h"
#include "client/request_table.h"
#include "client/session_table.h"
#include "client/unused_reason.h"
#include "proto/tick_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    BODY_BYTES_MAX = 1024 * 1024,
    ARENA_BYTES = 4 * 1024 * 1024,
    COMMAND_BYTES_MAX = LQ_CUSTOM_BYTES_MAX + 256,
    MESSAGES_PER_TURN_MAX = 256
};

/* A command sent so long ago is said again even though the broker lives: its receipt may have gone
 * down with a connection. A copy of a command that waits does no more than renew the reply address.
 */
#define REPEAT_NS (UINT64_C(2) * LQ_NS_PER_S)

struct lq_client {
    struct lq_client_id id;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    lq_client_receipt_fn on_receipt;
    void *context;
    struct lq_broker_link link;
    struct lq_outstanding outstanding;
    struct lq_session_table sessions;
    struct lq_request_table requests;
    uint64_t resends;
    uint64_t rewound_at_ns;
    uint32_t receipts_this_turn;
    uint32_t messages_this_turn;
    bool turning;
    struct lq_arena arena;
    struct lq_submit_command *submit_commands;
    uint8_t *header;
    uint8_t *body;
};

static enum lq_result take_random(void *to, size_t bytes)
{
    while (getrandom(to, bytes, 0) != (ssize_t)bytes) {
        if (errno != EINTR) {
            return LQ_ERR_IO;
        }
    }
    return LQ_OK;
}

static enum lq_result name_client(struct lq_client *client, const struct lq_client_options *options,
                                  struct lq_error_message *message)
{
    size_t bytes = strlen(options->tenant);

    if (bytes > 0 && !lq_tenant_name_valid(lq_view_text(options->tenant))) {
        lq_error_message_set(message, "%s is no name of a tenant", options->tenant);
        return LQ_ERR_INVALID;
    }
    memcpy(client->tenant, options->tenant, bytes + 1);
    if (options->id != NULL) {
        client->id = *options->id;
        return LQ_OK;
    }
    return take_random(&client->id, sizeof client->id);
}

enum lq_result lq_client_new(const struct lq_client_options *options, lq_client_t **client,
                             struct lq_error_message *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    struct lq_client *made = lq_alloc(1, sizeof *made);
    enum lq_result rc = lq_descriptor_limit_raise(LQ_DESCRIPTOR_LIMIT_BASE, message);

    if (rc == LQ_OK) {
        rc = name_client(made, options, message);
    }
    if (rc == LQ_OK) {
        rc = lq_cluster_endpoint(options->cluster, LQ_ENDPOINT_CLIENTS, endpoint, sizeof endpoint,
                                 message);
    }
    if (rc == LQ_OK) {
        rc = lq_broker_link_open(&made->link, endpoint, &made->id, message);
    }
    /* Tags of two incarnations under one id must differ, so they start anywhere. */
    if (rc == LQ_OK) {
        rc = take_random(&made->requests.last_tag, sizeof made->requests.last_tag);
    }
    if (rc != LQ_OK) {
        lq_broker_link_close(&made->link);
        free(made);
        return rc;
    }
    made->on_receipt = options->on_receipt;
    made->context = options->context;
    lq_outstanding_init(&made->outstanding, options->outstanding_max);
    lq_session_table_init(&made->sessions, options->sessions_max);
    made->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    made->submit_commands = lq_alloc(LQ_SUBMIT_COMMANDS_MAX, sizeof *made->submit_commands);
    made->header = lq_alloc(LQ_HEADER_BYTES_MAX, 1);
    made->body = lq_alloc(BODY_BYTES_MAX, 1);
    *client = made;
    return LQ_OK;
}

void lq_client_destroy(lq_client_t **client)
{
    struct lq_client *gone = *client;

    if (gone == NULL) {
        return;
    }
    lq_broker_link_close(&gone->link);
    lq_outstanding_release(&gone->outstanding);
    lq_session_table_release(&gone->sessions);
    free(gone->arena.memory);
    free(gone->submit_commands);
    free(gone->header);
    free(gone->body);
    free(gone);
    *client = NULL;
}

const struct lq_client_id *lq_client_identity(const lq_client_t *client)
{
    return &client->id;
}

uint32_t lq_client_outstanding(const lq_client_t *client)
{
    return client->outstanding.count;
}

uint64_t lq_client_resends(const lq_client_t *client)
{
    return client->resends;
}

uint64_t lq_client_broker_epoch(const lq_client_t *client)
{
    return client->link.epoch;
}

uint32_t lq_client_requests_waiting(const lq_client_t *client)
{
    return client->requests.count;
}

enum lq_result lq_client_session(lq_client_t *client, const char *session, uint64_t next_sequence,
                                 uint32_t *handle)
{
    if (!lq_session_name_valid(lq_view_text(session)) || next_sequence == 0) {
        return LQ_ERR_INVALID;
    }
    return lq_session_table_handle(&client->sessions, session, next_sequence, handle);
}

uint64_t lq_client_next_sequence(const lq_client_t *client, uint32_t handle)
{
    LQ_ASSERT(handle < client->sessions.row_count);
    return client->sessions.rows[handle].numbers.next;
}

enum lq_result lq_client_submit(lq_client_t *client, uint32_t handle,
                                const struct lq_command *command, void *context, uint64_t *sequence,
                                char *reason)
{
    uint8_t body[COMMAND_BYTES_MAX];
    size_t written = 0;

    LQ_ASSERT(handle < client->sessions.row_count);
    enum lq_result rc = lq_command_check(command, reason);
    if (rc != LQ_OK) {
        return rc;
    }
    if (client->outstanding.count == client->outstanding.slot_count) {
        return LQ_ERR_FULL;
    }
    rc = lq_command_encode(command, body, sizeof body, &written);
    if (rc != LQ_OK) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "cannot be encoded: %s", lq_result_text(rc));
        return LQ_ERR_INVALID;
    }
    rc = lq_session_numbers_take(&client->sessions.rows[handle].numbers, sequence);
    if (rc != LQ_OK) {
        return rc;
    }
    uint32_t index =
        lq_outstanding_add(&client->outstanding, handle, *sequence, lq_view_of(body, written),
                           context, lq_clock_monotonic_ns());
    LQ_ASSERT(index != LQ_OUTSTANDING_NONE);
    return LQ_OK;
}

/* ---- sending ---- */

static void rewind_all(struct lq_client *client, uint64_t now_ns)
{
    lq_outstanding_rewind(&client->outstanding);
    lq_request_table_rewind(&client->requests);
    client->rewound_at_ns = now_ns;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Lay the next commands to be sent into one SUBMIT; nothing is marked yet. */
static uint32_t gather_submit(struct lq_client *client, size_t *body_bytes)
{
    const struct lq_welcome *limits = &client->link.limits;
    uint32_t count_max = LQ_SUBMIT_COMMANDS_MAX;
    uint32_t bytes_max = BODY_BYTES_MAX;
    uint32_t index = client->outstanding.unsent;
    uint32_t count = 0;

    if (limits->commands_per_message_max > 0) {
        count_max = least(count_max, limits->commands_per_message_max);
    }
    if (limits->message_bytes_max >= COMMAND_BYTES_MAX) {
        bytes_max = least(bytes_max, limits->message_bytes_max);
    }
    *body_bytes = 0;
    while (index != LQ_OUTSTANDING_NONE && count < count_max) {
        const struct lq_outstanding_slot *slot = &client->outstanding.slots[index];
        const struct lq_session_row *row = &client->sessions.rows[slot->session];
        struct lq_view body = lq_outstanding_body(&client->outstanding, index);
        if (body.bytes > bytes_max - *body_bytes) {
            break;
        }
        memcpy(client->body + *body_bytes, body.data, body.bytes);
        *body_bytes += body.bytes;
        client->submit_commands[count++] =
            (struct lq_submit_command){.session = lq_view_of(row->name, row->name_bytes),
                                       .sequence = slot->sequence,
                                       .tag = lq_outstanding_tag(&client->outstanding, index),
                                       .command_bytes = (uint32_t)body.bytes};
        index = slot->next;
    }
    return count;
}

/* False: the link has no room. */
static bool send_submit(struct lq_client *client)
{
    size_t header_bytes = 0;
    size_t body_bytes = 0;
    struct lq_submit submit = {
        .epoch = client->link.epoch,
        .client = client->id,
        .tenant = lq_view_text(client->tenant),
        .command_count = gather_submit(client, &body_bytes),
        .commands = client->submit_commands,
    };
    enum lq_result rc =
        lq_submit_encode(&submit, client->header, LQ_HEADER_BYTES_MAX, &header_bytes);

    LQ_ASSERT(rc == LQ_OK);
    if (!lq_broker_link_send(&client->link, lq_view_of(client->header, header_bytes),
                             lq_view_of(client->body, body_bytes))) {
        return false;
    }
    for (uint32_t index = 0; index < submit.command_count; index++) {
        client->resends += lq_outstanding_mark_sent(&client->outstanding);
    }
    return true;
}

/* Everything that waits to be sent, as long as the link takes it. True: something had to stay. */
static bool flush(struct lq_client *client)
{
    if (client->link.epoch == 0) {
        return false; /* WELCOME comes first; receiving it is what to wait for */
    }
    if (client->requests.count > 0 &&
        !lq_request_table_flush(&client->requests, &client->link, lq_clock_monotonic_ns(),
                                client->header, LQ_HEADER_BYTES_MAX)) {
        return true;
    }
    while (client->outstanding.unsent != LQ_OUTSTANDING_NONE) {
        if (!lq_broker_link_writable(&client->link) || !send_submit(client)) {
            return true;
        }
    }
    return false;
}

/* ---- receiving ---- */

static void answer_command(struct lq_client *client, const struct lq_receipt_answer *answer,
                           uint64_t now_ns)
{
    uint32_t index = lq_outstanding_find(&client->outstanding, answer->tag);

    if (index == LQ_OUTSTANDING_NONE) {
        return; /* the answer to a copy */
    }
    const struct lq_outstanding_slot *slot = &client->outstanding.slots[index];
    struct lq_session_row *row = &client->sessions.rows[slot->session];
    if (answer->outcome == LQ_OUTCOME_UNUSED &&
        !lq_unused_reason_decides(answer->reason, slot->sent_count)) {
        return; /* an earlier copy may be in the ledger: it is said again after REPEAT_NS */
    }
    struct lq_client_receipt receipt = {
        .session = row->name,
        .sequence = slot->sequence,
        .outcome = (enum lq_outcome)answer->outcome,
        .frame = answer->frame,
        .hash = answer->hash,
        .letter_id = answer->letter_id,
        .reason = answer->reason,
        .context = slot->context,
        .latency_ns = now_ns - slot->submitted_ns,
    };
    lq_session_numbers_answer(&row->numbers, slot->sequence,
                              answer->outcome == LQ_OUTCOME_UNUSED && slot->sent_count == 1);
    lq_outstanding_remove(&client->outstanding, index);
    client->receipts_this_turn++;
    if (client->on_receipt != NULL) {
        client->on_receipt(client->context, &receipt);
    }
}

static void take_receipts(struct lq_client *client, struct lq_view message, uint64_t now_ns)
{
    struct lq_receipt receipt;
    const char *where = "";
    enum lq_result rc = lq_receipt_decode(message, &client->arena, &receipt, &where);

    if (rc != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "receipts dropped: %s at %s", lq_result_text(rc), where);
        return;
    }
    for (uint32_t index = 0; index < receipt.answer_count; index++) {
        /* Receipts of an older broker are as true as those of this one: what is committed stays.
         * Only its UNUSED says nothing any more: a copy is on its way to the new one. */
        if (receipt.epoch != client->link.epoch &&
            receipt.answers[index].outcome == LQ_OUTCOME_UNUSED) {
            continue;
        }
        answer_command(client, &receipt.answers[index], now_ns);
    }
}

static void take_message(struct lq_client *client, const struct lq_broker_message *message,
                         uint64_t now_ns)
{
    lq_arena_reset(&client->arena);
    switch (message->kind) {
    case LQ_MESSAGE_WELCOME:
        if (lq_broker_link_welcome(&client->link, message->message, &client->arena)) {
            rewind_all(client, now_ns);
        }
        break;
    case LQ_MESSAGE_RECEIPT:
        take_receipts(client, message->message, now_ns);
        break;
    case LQ_MESSAGE_ADMIN_REPLY:
        lq_request_table_reply(&client->requests, message->message, &client->arena);
        break;
    default:
        break; /* a newer broker may say more */
    }
}

static bool receive(struct lq_client *client)
{
    struct lq_broker_message message;
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint32_t count = 0;

    while (count < MESSAGES_PER_TURN_MAX &&
           lq_broker_link_receive(&client->link, &message, now_ns)) {
        take_message(client, &message, now_ns);
        lq_broker_link_close_message(&message);
        count++;
    }
    return count > 0;
}

static void keep_alive(struct lq_client *client, uint64_t now_ns)
{
    const struct lq_outstanding *table = &client->outstanding;
    bool awaiting = table->count > 0 || client->requests.count > 0;
    bool silent = lq_broker_link_tick(&client->link, awaiting, now_ns);

    if (!silent && table->first != LQ_OUTSTANDING_NONE) {
        uint64_t since_ns = table->slots[table->first].submitted_ns;
        since_ns = since_ns > client->rewound_at_ns ? since_ns : client->rewound_at_ns;
        silent = now_ns > since_ns + REPEAT_NS;
    }
    if (silent) {
        rewind_all(client, now_ns);
    }
    lq_request_table_repeat(&client->requests, now_ns, REPEAT_NS);
}

uint32_t lq_client_turn(lq_client_t *client, uint32_t timeout_ms)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t until_ns = now_ns + timeout_ms * LQ_NS_PER_MS;

    LQ_ASSERT(!client->turning);
    client->turning = true;
    client->receipts_this_turn = 0;
    bool stuck = flush(client);
    bool received = receive(client);
    keep_alive(client, lq_clock_monotonic_ns());
    while (!received && now_ns < until_ns) {
        uint32_t wait_ms = (uint32_t)((until_ns - now_ns) / LQ_NS_PER_MS) + 1;
        if (client->link.awaiting) {
            wait_ms = least(wait_ms, lq_broker_link_tick_due_ms(&client->link, now_ns));
        }
        bool interrupted = !lq_broker_link_wait(&client->link, wait_ms, stuck);
        received = receive(client);
        now_ns = lq_clock_monotonic_ns();
        keep_alive(client, now_ns);
        stuck = flush(client);
        if (interrupted) {
            break;
        }
    }
    (void)flush(client);
    client->turning = false;
    return client->receipts_this_turn;
}

/* ---- administration ---- */

enum lq_result lq_client_request(lq_client_t *client, struct lq_admin_request *request,
                                 lq_client_reply_fn on_reply, void *context)
{
    const struct lq_request_entry entry = {
        .request = request, .on_reply = on_reply, .context = context};

    return lq_request_table_add(&client->requests, &entry, &client->id);
}

uint64_t lq_client_request_repeats(const lq_client_t *client)
{
    return client->requests.repeats;
}

void lq_client_forget(lq_client_t *client, const struct lq_admin_request *request)
{
    lq_request_table_remove(&client->requests, request);
}

struct awaited_reply {
    struct lq_admin_reply *reply;
    bool arrived;
};

static void keep_reply(void *context, const struct lq_admin_reply *reply)
{
    struct awaited_reply *awaited = context;

    *awaited->reply = *reply;
    awaited->arrived = true;
}

enum lq_result lq_client_admin(lq_client_t *client, struct lq_admin_request *request,
                               uint32_t timeout_ms, struct lq_arena *arena,
                               struct lq_admin_reply *reply)
{
    struct awaited_reply awaited = {.reply = reply};
    const struct lq_request_entry entry = {
        .request = request, .on_reply = keep_reply, .context = &awaited, .arena = arena};
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t until_ns = now_ns + timeout_ms * LQ_NS_PER_MS;
    enum lq_result rc = lq_request_table_add(&client->requests, &entry, &client->id);

    if (rc != LQ_OK) {
        return rc;
    }
    while (!awaited.arrived && now_ns < until_ns) {
        (void)lq_client_turn(client, (uint32_t)((until_ns - now_ns) / LQ_NS_PER_MS) + 1);
        now_ns = lq_clock_monotonic_ns();
    }
    if (awaited.arrived) {
        return LQ_OK;
    }
    lq_request_table_remove(&client->requests, request);
    return client->link.epoch == 0 ? LQ_ERR_UNREACHABLE : LQ_ERR_TIMEOUT;
}

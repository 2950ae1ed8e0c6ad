// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A client's turn: what it sends, what it takes, what it repeats, and when it wants the next. */
#include "base/clock.h"
#include "base/log.h"
#include "client/client.h"
#include "client/client_record.h"
#include "client/receipt_intake.h"

enum { MESSAGES_PER_TURN_MAX = 256 };

/* A command sent so long ago is said again even though the broker lives: its receipt may have gone
 * down with a connection. A copy of a command that waits does no more than renew the reply address.
 */
#define REPEAT_NS (UINT64_C(2) * LQ_NS_PER_S)

/* ---- sending ---- */

static void rewind_all(struct lq_client *client, uint64_t now_ns)
{
    lq_quota_wait_forget_sent(&client->quota_wait);
    lq_outstanding_rewind(&client->outstanding);
    lq_request_table_rewind(&client->requests);
    client->rewound_at_ns = now_ns;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t tag_round(const struct lq_client *client)
{
    return client->quota_wait.round & LQ_QUOTA_WAIT_ROUND_MASK;
}

/* Lay the next commands to be sent into one SUBMIT, at most count_max; nothing is marked yet. */
static uint32_t gather_submit(struct lq_client *client, uint32_t count_max, size_t *body_bytes)
{
    const struct lq_welcome *limits = &client->link.limits;
    uint32_t bytes_max = LQ_CLIENT_BODY_BYTES_MAX;
    uint32_t index = client->outstanding.unsent;
    bool is_old = client->outstanding.slots[index].is_old; /* a message is of one id */
    uint32_t count = 0;

    count_max = least(count_max, LQ_SUBMIT_COMMANDS_MAX);
    if (limits->commands_per_message_max > 0) {
        count_max = least(count_max, limits->commands_per_message_max);
    }
    if (limits->message_bytes_max >= LQ_CLIENT_COMMAND_BYTES_MAX) {
        bytes_max = least(bytes_max, limits->message_bytes_max);
    }
    *body_bytes = 0;
    while (index != LQ_OUTSTANDING_NONE && count < count_max) {
        const struct lq_outstanding_slot *slot = &client->outstanding.slots[index];
        const struct lq_session_row *row = &client->sessions.rows[slot->session];
        struct lq_view body = lq_outstanding_body(&client->outstanding, index);
        if (body.bytes > bytes_max - *body_bytes || slot->is_old != is_old) {
            break;
        }
        memcpy(client->body + *body_bytes, body.data, body.bytes);
        *body_bytes += body.bytes;
        client->submit_commands[count++] = (struct lq_submit_command){
            .session = lq_view_of(row->name, row->name_bytes),
            .sequence = slot->sequence,
            .tag = lq_outstanding_tag(&client->outstanding, index, tag_round(client)),
            .command_bytes = (uint32_t)body.bytes};
        index = slot->next;
    }
    return count;
}

/* False: the link has no room. */
static bool send_submit(struct lq_client *client, uint32_t count_max)
{
    size_t header_bytes = 0;
    size_t body_bytes = 0;
    struct lq_submit submit = {
        .epoch = client->link.epoch,
        .client = client->outstanding.slots[client->outstanding.unsent].is_old
                      ? client->history.old_id
                      : client->id,
        .tenant = lq_view_text(client->tenant),
        .command_count = gather_submit(client, count_max, &body_bytes),
        .commands = client->submit_commands,
        .round = client->hears_quota ? 0 : client->quota_wait.round,
    };
    enum lq_result rc =
        lq_submit_encode(&submit, client->header, LQ_HEADER_BYTES_MAX, &header_bytes);

    LQ_ASSERT(rc == LQ_OK);
    if (!lq_broker_link_send(&client->link, lq_view_of(client->header, header_bytes),
                             lq_view_of(client->body, body_bytes))) {
        return false;
    }
    for (uint32_t index = 0; index < submit.command_count; index++) {
        client->resends += lq_outstanding_mark_sent(&client->outstanding, tag_round(client));
    }
    lq_quota_wait_note_sent(&client->quota_wait);
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
        uint32_t count_max = lq_quota_wait_allows(&client->quota_wait, lq_clock_monotonic_ns());
        if (count_max == 0) {
            return false; /* the next timer, or an answer, is what to wait for */
        }
        if (!lq_broker_link_writable(&client->link) || !send_submit(client, count_max)) {
            return true;
        }
    }
    return false;
}

/* ---- receiving ---- */

static void take_message(struct lq_client *client, const struct lq_broker_message *message,
                         uint64_t now_ns)
{
    lq_arena_reset(&client->arena);
    switch (message->kind) {
    case LQ_MESSAGE_WELCOME:
        if (lq_broker_link_welcome(&client->link, message->message, &client->arena)) {
            lq_quota_wait_end(&client->quota_wait);
            lq_client_history_meet(client, client->link.limits.history);
            rewind_all(client, now_ns);
        }
        break;
    case LQ_MESSAGE_RECEIPT:
        lq_receipt_intake_take(client, message->message, now_ns);
        break;
    case LQ_MESSAGE_ADMIN_REPLY:
        lq_request_table_reply(&client->requests, message->message,
                               lq_message_part_view(&message->body), &client->arena);
        break;
    default:
        break; /* a newer broker may say more */
    }
}

static void receive(struct lq_client *client)
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
}

static bool awaits(const struct lq_client *client)
{
    return client->outstanding.count > 0 || client->requests.count > 0;
}

static void keep_alive(struct lq_client *client, uint64_t now_ns)
{
    const struct lq_outstanding *table = &client->outstanding;
    bool silent = lq_broker_link_tick(&client->link, awaits(client), now_ns);

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

uint32_t lq_client_turn(lq_client_t *client)
{
    LQ_ASSERT(!client->turning);
    client->turning = true;
    client->receipts_this_turn = 0;
    (void)flush(client);
    receive(client);
    keep_alive(client, lq_clock_monotonic_ns());
    client->queued = false;
    client->stuck = flush(client);
    client->left = lq_broker_link_is_ready(&client->link, client->stuck);
    client->turning = false;
    return client->receipts_this_turn;
}

int lq_client_descriptor(const lq_client_t *client)
{
    return lq_broker_link_descriptor(&client->link);
}

/* When the wait for a quota is over is known exactly. All other timers look at what was sent at
 * most so long ago as two pings are apart: the ping, which goes out while anything is awaited,
 * wakes them. */
uint64_t lq_client_next_timer_ns(const lq_client_t *client)
{
    bool awaiting = awaits(client);

    if (client->queued || client->left || awaiting != client->link.awaiting) {
        return 0;
    }
    if (!awaiting) {
        return UINT64_MAX;
    }
    uint64_t until_ns = client->quota_wait.until_ns;
    bool sooner = client->outstanding.unsent != LQ_OUTSTANDING_NONE && until_ns != 0 &&
                  until_ns < client->link.ping_due_ns;
    return sooner ? until_ns : client->link.ping_due_ns;
}

void lq_client_wait(const lq_client_t *client, uint32_t timeout_ms)
{
    uint64_t timer_ns = lq_client_next_timer_ns(client);
    uint64_t now_ns = lq_clock_monotonic_ns();

    if (timer_ns <= now_ns) {
        return;
    }
    if (timer_ns - now_ns < timeout_ms * LQ_NS_PER_MS) {
        timeout_ms = (uint32_t)((timer_ns - now_ns) / LQ_NS_PER_MS) + 1;
    }
    lq_broker_link_wait(&client->link, timeout_ms, client->stuck);
}

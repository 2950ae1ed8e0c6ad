// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A link's turn: what it sends, what it takes, what it repeats, and when it wants the next. */
#include "base/clock.h"
#include "base/log.h"
#include "client/client_record.h"
#include "client/feed_reader_record.h"
#include "client/receipt_intake.h"

#include <poll.h>

enum {
    RECEIVED_PER_TURN_MAX = 256, /* messages */
    SENT_PER_FLUSH_MAX = 256,
    SHARE_OF_A_CLIENT = 64 /* commands of its message, when others have something to send, too */
};

/* A command sent so long ago is said again even though the broker lives: its receipt may have gone
 * down with a connection. A copy of a command that waits does no more than renew the reply address.
 */
#define REPEAT_NS (UINT64_C(2) * LQ_NS_PER_S)
#define LOOK_EVERY_NS (UINT64_C(100) * LQ_NS_PER_MS)

/* ---- again ---- */

static void rewind_all(struct lq_link *link, uint64_t now_ns)
{
    for (struct lq_tenant_lane *lane = lq_lane_table_next(&link->lanes, NULL); lane != NULL;
         lane = lq_lane_table_next(&link->lanes, lane)) {
        lq_quota_wait_forget_sent(&lane->wait);
        for (struct lq_client *client = lane->busy.first; client != NULL;
             client = client->places[LQ_CLIENT_LIST_BUSY].next) {
            lq_client_rewind(client, now_ns);
        }
        lq_lane_table_wake(&link->lanes, lane);
    }
    lq_request_table_rewind(&link->requests);
}

/* Those whose oldest command has had no answer for too long. */
static void rewind_late(struct lq_link *link, struct lq_tenant_lane *lane, uint64_t now_ns)
{
    for (struct lq_client *client = lane->busy.first; client != NULL;
         client = client->places[LQ_CLIENT_LIST_BUSY].next) {
        uint64_t since_ns = link->outstanding.slots[client->outstanding.first].submitted_ns;
        since_ns = since_ns > client->rewound_at_ns ? since_ns : client->rewound_at_ns;
        if (now_ns > since_ns + REPEAT_NS) {
            lq_quota_wait_forget_sent(&lane->wait);
            lq_client_rewind(client, now_ns);
            lq_lane_table_wake(&link->lanes, lane);
        }
    }
}

static void look_for_late(struct lq_link *link, uint64_t now_ns)
{
    if (now_ns < link->look_at_ns) {
        return;
    }
    link->look_at_ns = now_ns + LOOK_EVERY_NS;
    for (struct lq_tenant_lane *lane = lq_lane_table_next(&link->lanes, NULL); lane != NULL;
         lane = lq_lane_table_next(&link->lanes, lane)) {
        rewind_late(link, lane, now_ns);
    }
    lq_request_table_repeat(&link->requests, now_ns, REPEAT_NS);
}

/* A broker not met before has refused nothing, and its quotas are full. */
static void meet_broker(struct lq_link *link, uint64_t now_ns)
{
    for (struct lq_tenant_lane *lane = lq_lane_table_next(&link->lanes, NULL); lane != NULL;
         lane = lq_lane_table_next(&link->lanes, lane)) {
        lq_quota_wait_end(&lane->wait);
    }
    if (link->broker.has_history) {
        for (struct lq_client *client = link->clients.first; client != NULL;
             client = client->places[LQ_CLIENT_LIST_ALL].next) {
            lq_client_history_meet(client, link->broker.history);
        }
    }
    lq_watch_desk_meet(&link->watches, link->broker.epoch);
    rewind_all(link, now_ns);
}

/* ---- sending ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t tag_round(const struct lq_tenant_lane *lane)
{
    return lane->wait.round & LQ_QUOTA_WAIT_ROUND_MASK;
}

static uint32_t commands_max(const struct lq_link *link, const struct lq_client *client)
{
    const struct lq_tenant_lane *lane = client->lane;
    bool is_alone = link->lanes.ready.first == link->lanes.ready.last &&
                    lane->sending.first == lane->sending.last;
    uint32_t count_max = is_alone ? LQ_SUBMIT_COMMANDS_MAX : SHARE_OF_A_CLIENT;

    if (link->broker.limits.commands_per_message_max > 0) {
        count_max = least(count_max, link->broker.limits.commands_per_message_max);
    }
    return count_max;
}

/* Lay the client's next commands to be sent into one SUBMIT, at most count_max; nothing is marked
 * yet. */
static uint32_t gather_submit(struct lq_link *link, const struct lq_client *client,
                              uint32_t count_max, size_t *body_bytes)
{
    const struct lq_outstanding_slot *slots = link->outstanding.slots;
    uint32_t bytes_max = LQ_LINK_BODY_BYTES_MAX;
    uint32_t index = client->outstanding.unsent;
    bool is_old = slots[index].is_old; /* a message is of one id */
    uint32_t count = 0;

    if (link->broker.limits.message_bytes_max >= LQ_CLIENT_COMMAND_BYTES_MAX) {
        bytes_max = least(bytes_max, link->broker.limits.message_bytes_max);
    }
    *body_bytes = 0;
    while (index != LQ_OUTSTANDING_NONE && count < count_max) {
        const struct lq_outstanding_slot *slot = &slots[index];
        const struct lq_session_row *row = &client->sessions.rows[slot->session];
        struct lq_view body = lq_outstanding_body(&link->outstanding, index);
        if (body.bytes > bytes_max - *body_bytes || slot->is_old != is_old) {
            break;
        }
        memcpy(link->body + *body_bytes, body.data, body.bytes);
        *body_bytes += body.bytes;
        link->submit_commands[count++] = (struct lq_submit_command){
            .session = lq_view_of(row->name, row->name_bytes),
            .sequence = slot->sequence,
            .tag = lq_outstanding_tag(&link->outstanding, index, tag_round(client->lane)),
            .command_bytes = (uint32_t)body.bytes};
        index = slot->next;
    }
    return count;
}

static void mark_submit(struct lq_link *link, struct lq_client *client, uint32_t count)
{
    struct lq_tenant_lane *lane = client->lane;

    link->sent_mark++;
    for (uint32_t index = 0; index < count; index++) {
        link->resends += lq_outstanding_mark_sent(&link->outstanding, &client->outstanding,
                                                  tag_round(lane), link->sent_mark);
    }
    lq_quota_wait_note_sent(&lane->wait, count, link->sent_mark);
}

/* False: the link has no room. */
static bool send_submit(struct lq_link *link, struct lq_client *client, uint32_t count_max)
{
    const struct lq_tenant_lane *lane = client->lane;
    size_t header_bytes = 0;
    size_t body_bytes = 0;
    struct lq_submit submit = {
        .epoch = link->broker.epoch,
        .client = link->outstanding.slots[client->outstanding.unsent].is_old
                      ? client->history.old_id
                      : client->id,
        .tenant = lq_view_of(lane->tenant, lane->tenant_bytes),
        .command_count = gather_submit(link, client, count_max, &body_bytes),
        .commands = link->submit_commands,
        .round = lane->hears_quota ? 0 : lane->wait.round,
    };
    enum lq_result rc = lq_submit_encode(&submit, link->header, LQ_HEADER_BYTES_MAX, &header_bytes);

    LQ_ASSERT(rc == LQ_OK);
    if (!lq_broker_link_send(&link->broker, lq_view_of(link->header, header_bytes),
                             lq_view_of(link->body, body_bytes))) {
        return false;
    }
    mark_submit(link, client, submit.command_count);
    return true;
}

/* A message of the client whose turn it is, in the lane whose turn it is. False: no room. */
static bool send_next(struct lq_link *link, uint64_t now_ns)
{
    struct lq_tenant_lane *lane = link->lanes.ready.first;
    struct lq_client *client = lane->sending.first;
    uint32_t allowed = lq_quota_wait_allows(&lane->wait, now_ns);

    if (allowed == 0) {
        lq_lane_table_hold(&link->lanes, lane);
        return true;
    }
    if (!lq_broker_link_writable(&link->broker) ||
        !send_submit(link, client, least(allowed, commands_max(link, client)))) {
        return false;
    }
    /* To the end of both rows, or out of them. */
    lq_client_list_remove(&lane->sending, client);
    lq_client_list_append(&lane->sending, client);
    lq_lane_table_turn(&link->lanes);
    lq_client_settle(client);
    return true;
}

/* What waits to be sent, as long as the link takes it. True: something had to stay for want of
 * room. */
static bool flush(struct lq_link *link)
{
    uint64_t now_ns = lq_clock_monotonic_ns();

    if (link->broker.epoch == 0) {
        return false; /* WELCOME comes first; receiving it is what to wait for */
    }
    if (!lq_request_table_flush(&link->requests, &link->broker, now_ns, link->header,
                                LQ_HEADER_BYTES_MAX)) {
        return true;
    }
    lq_lane_table_wake_due(&link->lanes, now_ns);
    for (uint32_t count = 0; link->lanes.ready.first != NULL; count++) {
        if (count == SENT_PER_FLUSH_MAX) {
            link->queued = true;
            return false;
        }
        if (!send_next(link, now_ns)) {
            return true;
        }
    }
    return false;
}

/* ---- receiving ---- */

static void take_message(struct lq_link *link, const struct lq_broker_message *message,
                         uint64_t now_ns)
{
    lq_arena_reset(&link->arena);
    switch (message->kind) {
    case LQ_MESSAGE_WELCOME:
        if (lq_broker_link_welcome(&link->broker, message->message, &link->arena)) {
            meet_broker(link, now_ns);
        }
        break;
    case LQ_MESSAGE_RECEIPT:
        lq_receipt_intake_take(link, message->message, now_ns);
        break;
    case LQ_MESSAGE_ADMIN_REPLY:
        lq_request_table_reply(&link->requests, message->message,
                               lq_message_part_view(&message->body), &link->arena);
        break;
    default:
        break; /* a newer broker may say more */
    }
}

static void receive(struct lq_link *link)
{
    struct lq_broker_message message;
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint32_t count = 0;

    while (count < RECEIVED_PER_TURN_MAX &&
           lq_broker_link_receive(&link->broker, &message, now_ns)) {
        take_message(link, &message, now_ns);
        lq_broker_link_close_message(&message);
        count++;
    }
}

static bool awaits(const struct lq_link *link)
{
    return link->outstanding.count > 0 || link->requests.count > 0;
}

static void keep_alive(struct lq_link *link, uint64_t now_ns)
{
    if (lq_broker_link_tick(&link->broker, awaits(link), now_ns)) {
        rewind_all(link, now_ns);
    }
    look_for_late(link, now_ns);
}

uint32_t lq_link_turn(lq_link_t *link)
{
    LQ_ASSERT(!link->turning);
    link->turning = true;
    link->receipts_this_turn = 0;
    (void)flush(link);
    receive(link);
    keep_alive(link, lq_clock_monotonic_ns());
    bool frames_left = lq_watch_desk_turn(&link->watches, lq_clock_monotonic_ns());
    lq_feed_reader_turn_all(link->feed_readers, lq_clock_monotonic_ns());
    link->queued = false;
    link->stuck = flush(link);
    link->left = lq_broker_link_is_ready(&link->broker, link->stuck) || frames_left;
    link->turning = false;
    return link->receipts_this_turn;
}

/* ---- waiting ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When waits for quotas are over is known exactly. All other timers of commands look at what was
 * sent at most so long ago as two pings are apart: the ping, which goes out while anything is
 * awaited, wakes them. */
uint64_t lq_link_next_timer_ns(const lq_link_t *link)
{
    bool awaiting = awaits(link);
    uint64_t due_ns =
        earlier(lq_watch_desk_due_ns(&link->watches), lq_feed_reader_due_ns(link->feed_readers));

    if (link->queued || link->left || awaiting != link->broker.awaiting) {
        return 0;
    }
    if (awaiting) {
        due_ns = earlier(due_ns, link->broker.ping_due_ns);
        due_ns = earlier(due_ns, lq_lane_table_due_ns(&link->lanes));
    }
    return due_ns;
}

void lq_link_wait(const lq_link_t *link, uint32_t timeout_ms)
{
    uint64_t timer_ns = lq_link_next_timer_ns(link);
    uint64_t now_ns = lq_clock_monotonic_ns();
    struct pollfd polled = {.fd = lq_link_descriptor(link), .events = POLLIN};

    if (timer_ns <= now_ns) {
        return;
    }
    if (timer_ns - now_ns < timeout_ms * LQ_NS_PER_MS) {
        timeout_ms = (uint32_t)((timer_ns - now_ns) / LQ_NS_PER_MS) + 1;
    }
    (void)poll(&polled, 1, (int)timeout_ms);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* States, made when a client may have one and its socket has room: the newest world then. */
#include "gateway/handler/player_desk.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "gateway/domain/message_text.h"

#include <stdlib.h>

#define HEAD_BYTES_MAX 512

/* Head and content in one text. */
static struct lq_view write_state(const struct lq_state_head *head, struct lq_view content)
{
    static char *text; /* grows to the largest state; one thread */
    static size_t room;
    struct lq_json_writer writer;

    if (room < content.bytes + HEAD_BYTES_MAX) {
        room = content.bytes + HEAD_BYTES_MAX;
        text = lq_realloc(text, room, 1);
    }
    lq_json_writer_start(&writer, text, room);
    lq_message_text_state_head(&writer, head);
    if (content.bytes > 0) { /* it begins with its comma */
        LQ_ASSERT(writer.bytes + content.bytes + 1 <= room);
        memcpy(text + writer.bytes, content.data, content.bytes);
        writer.bytes += content.bytes;
    }
    lq_json_writer_end_object(&writer);
    LQ_ASSERT(writer.bytes <= writer.bytes_max);
    return lq_view_of(text, writer.bytes);
}

/* False: it fits when what waits has been sent. */
static bool send_state(struct lq_player *player, uint64_t now_ns)
{
    struct lq_player_connection *core = &player->core;
    struct lq_session_feed *feed = player->feed;
    const lq_gateway_server_t *server = player->desk->server;
    const struct lq_world_snapshot *newest = lq_snapshot_ring_newest(&feed->ring);
    const struct lq_world_snapshot *base =
        core->base_serial == 0 ? NULL : lq_snapshot_ring_find(&feed->ring, core->base_serial);
    const struct lq_state_head head = {.state = core->state + 1,
                                       .frame = newest->frame,
                                       .applied = core->applied,
                                       .hash = newest->hash,
                                       .base = core->base_is_have ? -1 : (int64_t)core->state,
                                       .is_whole = base == NULL};
    struct lq_view content = lq_session_feed_state(feed, base, &core->base_view, &core->view);

    if (lq_gateway_server_waiting(server, player->connection) > 0 &&
        lq_gateway_server_room(server, player->connection) < content.bytes + HEAD_BYTES_MAX) {
        return false;
    }
    lq_player_desk_say(player, write_state(&head, content));
    player->desk->counts.states++;
    player->desk->counts.whole_states += base == NULL ? 1 : 0;
    lq_player_connection_sent_state(core, newest->serial, now_ns);
    return true;
}

/* A receipt or an event of this turn does not hold up the state that goes with it. */
static void serve(struct lq_player *player, uint64_t newest_serial, uint64_t now_ns,
                  uint64_t *due_ns)
{
    lq_gateway_server_t *server = player->desk->server;
    uint64_t due = UINT64_MAX;

    if (player->is_ending ||
        !lq_player_connection_wants_state(&player->core, newest_serial, now_ns, &due)) {
        *due_ns = due < *due_ns ? due : *due_ns;
        return;
    }
    if (lq_gateway_server_is_behind(server, player->connection) || !send_state(player, now_ns)) {
        lq_gateway_server_ask_room(server, player->connection);
    }
}

static void serve_feed(struct lq_session_feed *feed, uint64_t now_ns)
{
    const struct lq_world_snapshot *newest = lq_snapshot_ring_newest(&feed->ring);

    feed->due_ns = UINT64_MAX;
    if (newest == NULL) {
        return; /* the first one wakes it */
    }
    for (struct lq_player *player = feed->members; player != NULL; player = player->next) {
        serve(player, newest->serial, now_ns, &feed->due_ns);
    }
}

void lq_state_sender_turn(struct lq_player_desk *desk, uint64_t now_ns)
{
    if (now_ns < desk->states_due_ns) {
        return;
    }
    uint64_t began_ns = lq_clock_thread_ns();
    desk->states_due_ns = UINT64_MAX;
    for (struct lq_session_feed *feed = lq_feed_table_next(desk->feeds, NULL); feed != NULL;
         feed = lq_feed_table_next(desk->feeds, feed)) {
        if (feed->due_ns <= now_ns) {
            serve_feed(feed, now_ns);
        }
        if (feed->due_ns < desk->states_due_ns) {
            desk->states_due_ns = feed->due_ns;
        }
    }
    desk->cpu_states_ns += lq_clock_thread_ns() - began_ns;
}

void lq_state_sender_wake(struct lq_player_desk *desk, struct lq_session_feed *feed)
{
    feed->due_ns = 0;
    desk->states_due_ns = 0;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/handler/session_feed.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_name.h"
#include "base/log.h"
#include "client/id_randomness.h"
#include "gateway/domain/message_text.h"
#include "gateway/handler/feed_history.h"
#include "gateway/handler/feed_table.h"
#include "proto/play_codec.h"
#include "proto/tick_codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void ask(struct lq_session_feed *feed);

void lq_session_feed_fail(struct lq_session_feed *feed, enum lq_player_close close,
                          const char *reason)
{
    if (feed->phase == LQ_FEED_FAILED) {
        return;
    }
    feed->phase = LQ_FEED_FAILED;
    feed->close = close;
    snprintf(feed->reason, sizeof feed->reason, "%s", reason);
    feed->table->options.events.on_failed(feed->table->options.events.context, feed);
}

bool lq_session_feed_is_over(struct lq_view refusal)
{
    const struct lq_view firsts[] = {lq_view_text(LQ_ERROR_TENANT_SHREDDED),
                                     lq_view_text(LQ_ERROR_SESSION_DELETED)};

    return lq_view_equal(lq_view_cut(refusal, firsts[0].bytes), firsts[0]) ||
           lq_view_equal(lq_view_cut(refusal, firsts[1].bytes), firsts[1]);
}

void lq_session_feed_refused(struct lq_session_feed *feed, const struct lq_admin_reply *reply)
{
    if (lq_session_feed_is_over(reply->message)) {
        lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_STOPPED, LQ_FEED_OVER_TEXT);
    } else {
        lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_NO_CLUSTER, lq_result_text(reply->result));
    }
}

static uint8_t *attached_now(struct lq_session_feed *feed, const struct lq_client_id *players,
                             uint32_t count)
{
    static uint8_t attached[LQ_PLAYERS_MAX];

    LQ_ASSERT(count <= LQ_PLAYERS_MAX);
    for (uint32_t at = 0; at < count; at++) {
        attached[at] = lq_attendance_knows(feed->table->options.attendance, feed->tenant,
                                           feed->session, players[at].bytes)
                           ? 1
                           : 0;
    }
    return attached;
}

static void keep_snapshot(struct lq_session_feed *feed, size_t bytes,
                          struct lq_world_snapshot *snapshot)
{
    struct lq_world_snapshot *oldest;

    while ((oldest = lq_snapshot_ring_make_room(&feed->ring, bytes)) != NULL) {
        free(oldest);
    }
    lq_snapshot_ring_push(&feed->ring, snapshot);
    feed->table->options.events.on_snapshot(feed->table->options.events.context, feed);
}

void lq_session_feed_take_world(struct lq_session_feed *feed, uint64_t frame, const uint8_t *hash)
{
    const struct lq_world *world = &feed->table->world;
    const struct lq_snapshot_label label = {
        .serial = ++feed->serial,
        .frame = frame,
        .hash = hash,
        .attached = attached_now(feed, world->player_client, world->player_count)};
    size_t bytes = lq_world_snapshot_bytes(world);

    feed->frame = frame;
    keep_snapshot(feed, bytes, lq_world_snapshot_make(lq_alloc(1, bytes), world, &label));
}

void lq_session_feed_look(struct lq_session_feed *feed)
{
    const struct lq_world_snapshot *newest = lq_snapshot_ring_newest(&feed->ring);

    if (newest == NULL) {
        return;
    }
    const uint8_t *attached = attached_now(feed, newest->player_client, newest->player_count);
    if (newest->player_count == 0 ||
        memcmp(attached, newest->attached, newest->player_count) == 0) {
        return;
    }
    size_t bytes = newest->bytes;
    struct lq_world_snapshot *again =
        lq_world_snapshot_again(lq_alloc(1, bytes), newest, ++feed->serial, attached);
    keep_snapshot(feed, bytes, again);
}

static void take_commands(struct lq_session_feed *feed, const struct lq_play *play)
{
    const struct lq_feed_events *events = &feed->table->options.events;

    for (uint32_t at = 0; at < play->command_count; at++) {
        events->on_command(events->context, feed, &play->commands[at].client,
                           play->commands[at].sequence);
    }
}

static void take_frame(void *context, const struct lq_watch_frame *frame)
{
    struct lq_session_feed *feed = context;
    lq_feed_table_t *table = feed->table;
    struct lq_play play = {.event_count = 0};
    const char *where = "";

    if (feed->phase == LQ_FEED_FAILED || frame->frame <= feed->frame) {
        return;
    }
    lq_arena_reset(&table->arena);
    if (lq_play_decode(frame->encoded_play, &table->arena, &play, &where) != LQ_OK ||
        lq_watch_world(feed->watch, frame, &table->world) != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "%s/%s: frame %" PRIu64 " cannot be read: %s", feed->tenant,
                      feed->session, frame->frame, where);
        return; /* it is missing then, and read again */
    }
    take_commands(feed, &play);
    lq_session_feed_take_world(feed, frame->frame, frame->hash);
    lq_feed_history_take(feed, frame->frame, play.events, play.event_count);
}

static void take_answer(void *context, const struct lq_watch_answer *answer)
{
    struct lq_session_feed *feed = context;

    if (answer->result != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "%s/%s is not watched: %s", feed->tenant, feed->session,
                      answer->why);
        return;
    }
    bool is_new_broker = feed->watch_began;
    feed->watch_began = true;
    if (feed->phase == LQ_FEED_READY && is_new_broker) {
        lq_feed_history_catch_up(feed);
    } else if (feed->phase == LQ_FEED_READING) {
        lq_feed_history_read_head(feed);
    }
}

static void begin_watch(struct lq_session_feed *feed)
{
    const struct lq_watch_options options = {.tenant = feed->tenant,
                                             .session = feed->session,
                                             .with_world = true,
                                             .play = true,
                                             .on_frame = take_frame,
                                             .on_answer = take_answer,
                                             .context = feed};
    struct lq_error_message message;

    feed->phase = LQ_FEED_READING;
    if (lq_watch_new(feed->table->options.link, &options, &feed->watch, &message) != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "%s/%s is not watched: %.200s", feed->tenant, feed->session,
                      message.text);
        lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_TOO_MANY, "retry_ms=5000");
    }
}

static void take_creation(void *context, const struct lq_admin_reply *reply)
{
    struct lq_session_feed *feed = context;
    char reason[LQ_CLOSE_REASON_BYTES_MAX + 1];

    feed->show_pending = false;
    if (reply->result == LQ_OK || reply->result == LQ_ERR_EXISTS) {
        lq_log_info("%s/%s was made by the rule %s", feed->tenant, feed->session,
                    feed->creation.name);
        feed->may_create = false;
        ask(feed);
        return;
    }
    snprintf(reason, sizeof reason, "%.*s", (int)reply->message.bytes,
             (const char *)reply->message.data);
    lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_NOT_CREATED, reason);
}

static void request(struct lq_session_feed *feed, lq_link_reply_fn on_reply)
{
    feed->show.tenant = lq_view_text(feed->tenant);
    feed->show.session = lq_view_text(feed->session);
    feed->show_pending =
        lq_link_request(feed->table->options.link, &feed->show, on_reply, feed) == LQ_OK;
    if (!feed->show_pending) {
        lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_NO_CLUSTER, "too many requests wait");
    }
}

static void create(struct lq_session_feed *feed)
{
    feed->phase = LQ_FEED_CREATING;
    feed->show = (struct lq_admin_request){
        .kind = LQ_ADMIN_CREATE_SESSION, .has_config = true, .config = feed->creation.config};
    feed->show.config.attended = feed->creation.attended;
    if (lq_id_randomness_take(&feed->show.config.seed, sizeof feed->show.config.seed) != LQ_OK) {
        lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_NO_CLUSTER, "no random numbers");
        return;
    }
    request(feed, take_creation);
}

static void take_show(void *context, const struct lq_admin_reply *reply)
{
    struct lq_session_feed *feed = context;

    feed->show_pending = false;
    if (reply->result == LQ_OK && reply->session_count == 1 && reply->sessions[0].has_config) {
        feed->config = reply->sessions[0].config;
        feed->has_config = true;
        begin_watch(feed);
    } else if (reply->result == LQ_ERR_NOT_FOUND && feed->may_create) {
        create(feed);
    } else if (reply->result == LQ_ERR_NOT_FOUND) {
        lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_NO_SESSION, feed->session);
    } else {
        lq_session_feed_refused(feed, reply);
    }
}

static void ask(struct lq_session_feed *feed)
{
    feed->phase = LQ_FEED_ASKING;
    feed->show = (struct lq_admin_request){.kind = LQ_ADMIN_SHOW_SESSION};
    request(feed, take_show);
}

void lq_session_feed_begin(struct lq_session_feed *feed)
{
    ask(feed);
}

/* Nothing is under way any more, and nothing of the session's frames is known. */
static void forget(struct lq_session_feed *feed)
{
    struct lq_world_snapshot *oldest;

    lq_watch_destroy(&feed->watch);
    if (feed->show_pending) {
        lq_link_forget(feed->table->options.link, &feed->show);
    }
    if (feed->read_pending) {
        lq_link_forget(feed->table->options.link, &feed->read);
    }
    feed->show_pending = false;
    feed->read_pending = false;
    while ((oldest = lq_snapshot_ring_take(&feed->ring)) != NULL) {
        free(oldest);
    }
    lq_feed_history_clear(feed);
}

void lq_session_feed_restart(struct lq_session_feed *feed)
{
    forget(feed);
    feed->watch_began = false;
    feed->has_config = false;
    feed->may_create = false; /* whoever asked for it has to come back */
    feed->frame = 0;
    feed->told = 0;
    ask(feed);
}

void lq_session_feed_end(struct lq_session_feed *feed)
{
    LQ_ASSERT(feed->members == NULL);
    lq_feed_table_take_out(feed);
    forget(feed);
    for (uint32_t at = 0; at < LQ_FEED_STATES_MAX; at++) {
        free(feed->states[at].text);
    }
    free(feed);
}

static struct lq_feed_state *find_state(struct lq_session_feed *feed, uint64_t base_serial,
                                        uint64_t serial)
{
    for (uint32_t at = 0; at < LQ_FEED_STATES_MAX; at++) {
        if (feed->states[at].text != NULL && feed->states[at].serial == serial &&
            feed->states[at].base_serial == base_serial) {
            return &feed->states[at];
        }
    }
    return NULL;
}

static struct lq_view write_state(lq_feed_table_t *table, const struct lq_state_change *change)
{
    struct lq_json_writer writer;
    size_t bytes_max = lq_state_text_bytes_max(change->base, change->now);

    if (table->text_bytes < bytes_max) {
        table->text = lq_realloc(table->text, bytes_max, 1);
        table->text_bytes = bytes_max;
    }
    lq_json_writer_start(&writer, table->text, table->text_bytes);
    writer.filled[0] = true; /* it goes behind the head's keys */
    lq_state_text_write(&writer, change, &table->scratch);
    LQ_ASSERT(writer.bytes <= writer.bytes_max);
    return lq_view_of(table->text, writer.bytes);
}

struct lq_view lq_session_feed_state(struct lq_session_feed *feed,
                                     const struct lq_world_snapshot *base,
                                     const struct lq_view_rectangle *base_view,
                                     const struct lq_view_rectangle *view)
{
    const struct lq_state_change change = {.base = base,
                                           .now = lq_snapshot_ring_newest(&feed->ring),
                                           .base_view = *base_view,
                                           .view = *view,
                                           .config = &feed->config};
    bool is_shared = view->all && (base == NULL || base_view->all);
    uint64_t base_serial = base == NULL ? 0 : base->serial;

    if (!is_shared) {
        return write_state(feed->table, &change);
    }
    struct lq_feed_state *state = find_state(feed, base_serial, change.now->serial);
    if (state == NULL) {
        struct lq_view text = write_state(feed->table, &change);
        state = &feed->states[feed->next_state++ % LQ_FEED_STATES_MAX];
        free(state->text);
        *state = (struct lq_feed_state){base_serial, change.now->serial,
                                        lq_alloc(1, text.bytes + 1), text.bytes};
        memcpy(state->text, text.data, text.bytes);
        feed->table->states_made++;
    }
    return lq_view_of(state->text, state->bytes);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/handler/feed_history.h"

#include "base/alloc.h"
#include "base/log.h"
#include "gateway/domain/message_text.h"
#include "gateway/handler/feed_table.h"
#include "proto/tick_codec.h"

#include <inttypes.h>
#include <stdlib.h>

#define EVENTS_TEXT_BYTES_MAX (LQ_EVENTS_PER_TICK_MAX * 512u + 256u)

static void read_missed(struct lq_session_feed *feed);

static struct lq_view write_events(uint64_t frame, const struct lq_tick_event *events,
                                   uint32_t count)
{
    static char
        text[EVENTS_TEXT_BYTES_MAX]; /* 31 bytes of a type may be six times as many letters */
    struct lq_json_writer writer;

    lq_json_writer_start(&writer, text, sizeof text);
    lq_message_text_events(&writer, frame, events, count);
    LQ_ASSERT(writer.bytes <= writer.bytes_max);
    return lq_view_of(text, writer.bytes);
}

/* Whoever is behind need not hear of them. */
static bool are_passing(const struct lq_tick_event *events, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        if (!events[index].is_passing) {
            return false;
        }
    }
    return true;
}

static void say(struct lq_session_feed *feed, struct lq_view text, bool is_passing)
{
    const struct lq_feed_events *events = &feed->table->options.events;

    events->on_events(events->context, feed, text, is_passing);
}

static void tell_events(struct lq_session_feed *feed, uint64_t frame,
                        const struct lq_tick_event *events, uint32_t count)
{
    if (count > 0) {
        say(feed, write_events(frame, events, count), are_passing(events, count));
    }
    feed->told = frame;
}

static void tell_gap(struct lq_session_feed *feed, uint64_t to)
{
    char text[128];
    struct lq_json_writer writer;

    if (to <= feed->told) {
        return;
    }
    lq_json_writer_start(&writer, text, sizeof text);
    lq_message_text_gap(&writer, feed->told + 1, to);
    say(feed, lq_view_of(text, writer.bytes), false);
    lq_log_rarely(LQ_LOG_WARNING, "%s/%s: events of %" PRIu64 " frames cannot be had", feed->tenant,
                  feed->session, to - feed->told);
    feed->told = to;
}

/* Those whose turn has come. */
static void tell_kept(struct lq_session_feed *feed)
{
    uint32_t done = 0;

    for (; done < feed->kept_count && feed->kept[done].frame <= feed->told + 1; done++) {
        struct lq_kept_events *kept = &feed->kept[done];
        if (kept->frame == feed->told + 1) {
            if (kept->text != NULL) {
                say(feed, lq_view_of(kept->text, kept->bytes), kept->is_passing);
            }
            feed->told = kept->frame;
        }
        free(kept->text);
    }
    feed->kept_count -= done;
    memmove(feed->kept, feed->kept + done, feed->kept_count * sizeof feed->kept[0]);
}

static void give_up_missed(struct lq_session_feed *feed)
{
    if (feed->kept_count > 0) {
        tell_gap(feed, feed->kept[0].frame - 1);
        tell_kept(feed);
    }
}

void lq_feed_history_take(struct lq_session_feed *feed, uint64_t frame,
                          const struct lq_tick_event *events, uint32_t count)
{
    if (feed->phase == LQ_FEED_READY && frame == feed->told + 1) {
        tell_events(feed, frame, events, count);
        return;
    }
    if (feed->kept_count == LQ_FEED_KEPT_MAX) {
        if (feed->phase == LQ_FEED_READY) {
            give_up_missed(feed);
        } else {
            lq_feed_history_clear(feed); /* the head that is being read is newer by now, or comes */
        }
    }
    struct lq_kept_events *kept = &feed->kept[feed->kept_count++];
    *kept = (struct lq_kept_events){.frame = frame, .is_passing = are_passing(events, count)};
    if (count > 0) {
        struct lq_view text = write_events(frame, events, count);
        kept->text = lq_alloc(1, text.bytes);
        kept->bytes = text.bytes;
        memcpy(kept->text, text.data, text.bytes);
    }
    if (feed->phase == LQ_FEED_READY) {
        read_missed(feed);
    }
}

/* The world of the last of the frames that were read, if it is news. */
static void take_world(struct lq_session_feed *feed, const struct lq_admin_reply *reply)
{
    size_t at = 0;
    const char *where = "";
    const struct lq_frame_entry *last = &reply->frames[reply->frame_count - 1];

    for (uint32_t index = 0; index + 1 < reply->frame_count; index++) {
        at += reply->frames[index].world_bytes;
    }
    if (last->frame <= feed->frame && lq_snapshot_ring_newest(&feed->ring) != NULL) {
        return;
    }
    lq_arena_reset(&feed->table->arena);
    if (at > reply->body.bytes || last->world_bytes > reply->body.bytes - at ||
        lq_world_decode(lq_view_of(reply->body.data + at, last->world_bytes), &feed->table->arena,
                        &feed->table->world, &where) != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "%s/%s: frame %" PRIu64 " cannot be read: %s", feed->tenant,
                      feed->session, last->frame, where);
        return;
    }
    lq_session_feed_take_world(feed, last->frame, last->hash);
}

static void take_head(void *context, const struct lq_admin_reply *reply)
{
    struct lq_session_feed *feed = context;

    feed->read_pending = false;
    if (reply->result != LQ_OK || reply->frame_count == 0) {
        lq_session_feed_refused(feed, reply);
        return;
    }
    feed->told = reply->frames[0].frame;
    take_world(feed, reply);
    if (lq_snapshot_ring_newest(&feed->ring) == NULL) {
        lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_NO_CLUSTER, "the head cannot be read");
        return;
    }
    feed->phase = LQ_FEED_READY;
    feed->table->options.events.on_ready(feed->table->options.events.context, feed);
    tell_kept(feed);
    if (feed->kept_count > 0) {
        read_missed(feed);
    }
}

static bool ask(struct lq_session_feed *feed, const struct lq_read_range *range,
                lq_link_reply_fn on_reply)
{
    feed->read = (struct lq_admin_request){.kind = LQ_ADMIN_READ,
                                           .tenant = lq_view_text(feed->tenant),
                                           .session = lq_view_text(feed->session),
                                           .has_read = true,
                                           .read = *range};
    feed->read_pending =
        lq_link_request(feed->table->options.link, &feed->read, on_reply, feed) == LQ_OK;
    return feed->read_pending;
}

void lq_feed_history_read_head(struct lq_session_feed *feed)
{
    const struct lq_read_range head = {.head = true};

    if (!feed->read_pending && !ask(feed, &head, take_head)) {
        lq_session_feed_fail(feed, LQ_PLAYER_CLOSE_NO_CLUSTER, "too many requests wait");
    }
}

static void take_commands(struct lq_session_feed *feed, const struct lq_frame_entry *frame)
{
    const struct lq_feed_events *events = &feed->table->options.events;

    for (uint32_t at = 0; at < frame->command_count; at++) {
        events->on_command(events->context, feed, &frame->commands[at].client,
                           frame->commands[at].sequence);
    }
}

static void take_missed(void *context, const struct lq_admin_reply *reply)
{
    struct lq_session_feed *feed = context;

    feed->read_pending = false;
    if (reply->result != LQ_OK && lq_session_feed_is_over(reply->message)) {
        lq_session_feed_refused(feed, reply);
        return;
    }
    for (uint32_t at = 0; reply->result == LQ_OK && at < reply->frame_count; at++) {
        const struct lq_frame_entry *frame = &reply->frames[at];
        if (frame->frame <= feed->told) {
            continue;
        }
        tell_gap(feed, frame->frame - 1);
        take_commands(feed, frame);
        if (frame->events_known) {
            tell_events(feed, frame->frame, frame->events, frame->event_count);
        } else {
            tell_gap(feed, frame->frame);
        }
    }
    if (reply->result == LQ_OK && reply->frame_count > 0) {
        take_world(feed, reply);
    } else {
        give_up_missed(feed);
    }
    tell_kept(feed);
    if (feed->kept_count > 0 || reply->next_frame != 0) {
        read_missed(feed);
    }
}

/* Up to the first one that was kept, or to the newest. */
static void read_missed(struct lq_session_feed *feed)
{
    struct lq_read_range range = {.from = feed->told + 1};

    if (feed->read_pending) {
        return;
    }
    if (feed->kept_count > 0) {
        uint64_t count = feed->kept[0].frame - feed->told - 1;
        if (count > LQ_FEED_READ_MAX) {
            give_up_missed(feed);
            return;
        }
        range.count = (uint32_t)count;
    }
    if (!ask(feed, &range, take_missed)) {
        give_up_missed(feed);
    }
}

void lq_feed_history_catch_up(struct lq_session_feed *feed)
{
    read_missed(feed);
}

void lq_feed_history_clear(struct lq_session_feed *feed)
{
    for (uint32_t at = 0; at < feed->kept_count; at++) {
        free(feed->kept[at].text);
    }
    feed->kept_count = 0;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/event_feed.h"

#include "base/alloc.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>

enum { RUNS_PER_TURN = 4 };

void lq_event_feed_open(struct lq_event_feed *feed, lq_ledger_t *ledger,
                        const struct lq_mirror_streams *streams, struct lq_bus_lane *lane,
                        const uint8_t history[LQ_HISTORY_ID_BYTES])
{
    *feed = (struct lq_event_feed){.streams = streams, .lane = lane};
    lq_event_source_open(&feed->source, ledger, history);
    feed->run.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    feed->run.bytes_max = LQ_FEED_RUN_BYTES_MIN;
}

void lq_event_feed_close(struct lq_event_feed *feed)
{
    lq_event_source_close(&feed->source);
    free(feed->run.memory);
    feed->run.memory = NULL;
}

void lq_event_feed_start(struct lq_event_feed *feed, uint64_t outbox_sequence)
{
    lq_bus_lane_start(feed->lane, outbox_sequence);
    feed->at = outbox_sequence;
    feed->progress = UINT64_MAX;
}

/* ---- reading on ---- */

/* False: there is no room, it stays in the outbox. */
static bool take(struct lq_event_feed *feed, const struct lq_feed_entry *entry)
{
    struct lq_bus_lane *lane = feed->lane;
    struct lq_outbox_entry head;
    struct lq_ledger_event_needs needs;

    if (lq_outbox_entry_decode(entry->value, &head) == LQ_OK &&
        lq_ledger_event_is_told(&head, &needs)) {
        if (!lq_bus_lane_has_room(lane)) {
            return false;
        }
        uint32_t place = lq_bus_lane_add(lane, entry->sequence, entry->value);
        needs.frame_ledger = lq_ledger_event_record(&head, entry->value);
        lane->events[place].needs = needs;
    } else {
        lq_event_window_pass(&lane->window, entry->sequence);
    }
    feed->at = entry->sequence;
    return true;
}

/* What was trimmed is lost: the bound of the outbox's bytes was there before the bus. */
static enum lq_result pass_over_lost(struct lq_event_feed *feed)
{
    struct lq_feed_state state;
    lq_ledger_t *ledger = feed->source.ledger;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_feed_state(ledger, &state);
    lq_ledger_read_end(ledger);
    if (result != LQ_OK || state.first_outbox_sequence <= feed->at + 1) {
        return result;
    }
    uint64_t behind = state.first_outbox_sequence - 1;
    feed->lost += behind - feed->at;
    lq_log_error("entries %" PRIu64 " to %" PRIu64 " of the outbox were trimmed before their "
                 "events had left",
                 feed->at + 1, behind);
    feed->at = behind;
    lq_event_window_pass(&feed->lane->window, behind);
    return LQ_OK;
}

/* Records that come after what is packed end a run: nothing behind them is wanted yet. */
static enum lq_result read_run(struct lq_event_feed *feed, struct lq_feed_position packed)
{
    const struct lq_feed_position after = {packed.ledger_sequence, feed->at};
    enum lq_result result = lq_ledger_feed_read(feed->source.ledger, after, &feed->run);

    if (result == LQ_ERR_STALE) {
        return pass_over_lost(feed);
    }
    for (uint32_t index = 0; result == LQ_OK && index < feed->run.count; index++) {
        const struct lq_feed_entry *entry = &feed->run.entries[index];
        if (entry->is_record || entry->sequence > packed.outbox_sequence) {
            break;
        }
        if (!take(feed, entry)) {
            feed->has_more = true;
            break;
        }
    }
    return result;
}

static enum lq_result read_on(struct lq_event_feed *feed, struct lq_feed_position packed)
{
    enum lq_result result = LQ_OK;

    feed->has_more = false;
    for (int run = 0; run < RUNS_PER_TURN && !feed->has_more; run++) {
        uint64_t before = feed->at;
        if (before >= packed.outbox_sequence) {
            return LQ_OK;
        }
        result = read_run(feed, packed);
        if (result != LQ_OK || feed->at == before) {
            return result;
        }
    }
    feed->has_more = feed->at < packed.outbox_sequence;
    return result;
}

/* ---- what may leave ---- */

/* False: it cannot be read now. */
static bool write(struct lq_event_feed *feed, uint32_t place)
{
    const struct lq_feed_entry entry = {.sequence = feed->lane->slots[place].sequence,
                                        .value = lq_bus_lane_entry(feed->lane, place)};
    struct lq_cloud_event event;
    enum lq_result result = lq_event_source_tell(&feed->source, &entry, &event);

    switch (result) {
    case LQ_OK:
        if (lq_bus_lane_write(feed->lane, place, &event, NULL)) {
            lq_bus_lane_let(feed->lane, place);
        }
        return true;
    case LQ_ERR_KEY: /* as it should be */
        lq_bus_lane_drop(feed->lane, place);
        return true;
    case LQ_ERR_NOT_FOUND:
    case LQ_ERR_CORRUPT:
        lq_log_rarely(LQ_LOG_ERROR, "entry %" PRIu64 " of the outbox cannot be told: %s",
                      entry.sequence, lq_result_text(result));
        lq_bus_lane_drop(feed->lane, place);
        return true;
    default:
        lq_log_rarely(LQ_LOG_ERROR, "the event of entry %" PRIu64 " cannot be read: %s",
                      entry.sequence, lq_result_text(result));
        return false;
    }
}

/* Whether all that was read and may leave has its text. */
static bool write_texts(struct lq_event_feed *feed)
{
    uint64_t cursor = 0;
    uint32_t place;

    while (lq_event_window_next_waiting(&feed->lane->window, &cursor, &place)) {
        if (!lq_bus_lane_may_leave(feed->lane, place, feed->streams, LQ_SEGMENT_OUTBOX)) {
            continue;
        }
        if (!lq_bus_lane_may_write(feed->lane) || !write(feed, place)) {
            return false;
        }
    }
    return true;
}

/* Half of the room is free again: each entry is not worth a transaction of its own. */
static bool has_room_again(const struct lq_event_feed *feed)
{
    const struct lq_bus_lane *lane = feed->lane;

    return (feed->has_more && lq_bus_lane_has_room(lane) &&
            lq_event_window_room(&lane->window) >= LQ_BUS_LANE_EVENTS_MAX / 2) ||
           (feed->has_unwritten && lq_bus_lane_may_write(lane) &&
            lane->window.ready_count <= LQ_BUS_LANE_READY_MAX / 2);
}

enum lq_result lq_event_feed_turn(struct lq_event_feed *feed, struct lq_feed_position packed)
{
    if (feed->progress == feed->streams->progress && !has_room_again(feed)) {
        return LQ_OK;
    }
    feed->progress = feed->streams->progress;
    enum lq_result result = read_on(feed, packed);
    feed->has_unwritten = !write_texts(feed);
    return result == LQ_ERR_INVALID ? LQ_OK : result; /* the streams tell it better */
}

bool lq_event_feed_is_done(const struct lq_event_feed *feed, struct lq_feed_position packed)
{
    return feed->at >= packed.outbox_sequence && lq_event_window_is_empty(&feed->lane->window);
}

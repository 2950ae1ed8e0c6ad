// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/broker_events.h"

#include "base/alloc.h"
#include "base/log.h"
#include "mirror/domain/segment_packer.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdlib.h>

#define RUNS_PER_TURN 4

void lq_broker_events_open(struct lq_broker_events *events, lq_broker_feed_t *feed,
                           lq_ledger_t *ledger, const struct lq_mirror_streams *streams,
                           struct lq_bus_lane *lane)
{
    *events = (struct lq_broker_events){
        .feed = feed,
        .ledger = ledger,
        .streams = streams,
        .lane = lane,
    };
    lq_broker_sealing_open(&events->sealing, ledger);
    events->run.memory = lq_alloc(LQ_BROKER_FEED_RUN_BYTES_MIN, 1);
    events->run.bytes_max = LQ_BROKER_FEED_RUN_BYTES_MIN;
}

void lq_broker_events_close(struct lq_broker_events *events)
{
    lq_broker_sealing_close(&events->sealing);
    free(events->run.memory);
    *events = (struct lq_broker_events){.feed = NULL};
}

void lq_broker_events_start(struct lq_broker_events *events, uint64_t sequence,
                            const uint8_t history[LQ_HISTORY_ID_BYTES])
{
    lq_bus_lane_start(events->lane, sequence);
    memcpy(events->history, history, LQ_HISTORY_ID_BYTES);
    events->at = sequence;
    events->progress = UINT64_MAX;
}

/* ---- an entry's event ---- */

/* What a put of a letter says; its views live until the next letter. */
static enum lq_result read_letter(struct lq_broker_events *events, struct lq_view entry,
                                  struct lq_broker_outbox_event_letter *says)
{
    const struct lq_letter *letter;
    enum lq_result result = lq_broker_sealing_letter(&events->sealing, entry, &letter);

    if (result == LQ_OK) {
        *says = (struct lq_broker_outbox_event_letter){.id = letter->id,
                                                       .is_open = letter->state == LQ_LETTER_OPEN,
                                                       .is_done = letter->state == LQ_LETTER_DONE,
                                                       .done_frame = letter->done_frame,
                                                       .names = {letter->tenant, letter->session},
                                                       .error = letter->error,
                                                       .cause = letter->cause};
    }
    return result;
}

/* The record of the frame that decided a letter. */
static enum lq_result find_frame(struct lq_broker_events *events,
                                 const struct lq_broker_outbox_event_letter *letter,
                                 struct lq_ledger_event_needs *needs)
{
    uint64_t places[LQ_PLACES_MAX];
    uint32_t count;
    struct lq_feed_entry record = {.is_record = true};
    struct lq_record_header header;
    enum lq_result result =
        lq_ledger_places(events->ledger, letter->names, letter->done_frame, places, &count);

    if (result != LQ_OK) {
        return result;
    }
    uint8_t *memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    record.sequence = places[0];
    result = lq_ledger_feed_get(events->ledger, &record, memory, LQ_FEED_RUN_BYTES_MIN);
    if (result == LQ_OK) {
        result = lq_record_decode_header(record.value, &header);
    }
    if (result == LQ_OK) {
        needs->tenant_number = header.tenant_number;
        needs->frame_ledger = header.ledger_sequence;
    }
    free(memory);
    return result;
}

/* The id, by the entry as the table has it: sealed. */
static enum lq_result set_id(struct lq_broker_events *events,
                             const struct lq_broker_feed_entry *from, struct lq_cloud_event *event)
{
    struct lq_segment_entry entry = {.kind = LQ_SEGMENT_BROKER, .sequence = from->sequence};
    uint8_t root[LQ_HASH_BYTES];
    enum lq_result result =
        lq_broker_sealing_identity(&events->sealing, from->value, entry.identity);

    if (result == LQ_OK) {
        lq_cloud_event_root(lq_digest, lq_view_of(events->history, sizeof events->history), &entry,
                            root);
        lq_cloud_event_set_id(event, lq_digest, root, 0);
    }
    return result;
}

struct told {
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;
    struct lq_broker_outbox_event_letter letter;
    struct lq_ledger_event_needs needs;
    struct lq_cloud_event event; /* of type NONE: there is none */
};

static enum lq_result tell(struct lq_broker_events *events, const struct lq_broker_feed_entry *from,
                           struct told *told)
{
    enum lq_result result = lq_broker_entry_read(from->value, &told->entry, &told->body);

    *told =
        (struct told){.entry = told->entry, .body = told->body, .needs = {.is_in_control = true}};
    if (result == LQ_OK && told->entry.kind == LQ_BROKER_ENTRY_PUT &&
        told->entry.table == LQ_BROKER_TABLE_LETTERS) {
        result = read_letter(events, from->value, &told->letter);
    }
    if (result != LQ_OK || lq_broker_outbox_event_type(&told->entry, &told->body, &told->letter) ==
                               LQ_CLOUD_EVENT_NONE) {
        return result;
    }
    result = lq_broker_outbox_event_set(&told->entry, &told->body, &told->letter, &told->event);
    if (result == LQ_OK && told->event.type == LQ_CLOUD_EVENT_LETTER_REDRIVEN &&
        told->letter.done_frame > 0) {
        result = find_frame(events, &told->letter, &told->needs);
    }
    return result == LQ_OK ? set_id(events, from, &told->event) : result;
}

/* ---- reading on ---- */

/* False: there is no room, it stays in the outbox. */
static bool take(struct lq_broker_events *events, const struct lq_broker_feed_entry *from)
{
    struct lq_bus_lane *lane = events->lane;
    struct told told = {.event = {.type = LQ_CLOUD_EVENT_NONE}};

    if (!lq_bus_lane_has_room(lane) || !lq_bus_lane_may_write(lane)) {
        return false;
    }
    enum lq_result result = tell(events, from, &told);
    if (result != LQ_OK) {
        lq_log_rarely(LQ_LOG_ERROR, "entry %" PRIu64 " of the broker's outbox cannot be told: %s",
                      from->sequence, lq_result_text(result));
        lane->untold++;
    }
    if (result != LQ_OK || told.event.type == LQ_CLOUD_EVENT_NONE) {
        lq_event_window_pass(&lane->window, from->sequence);
    } else {
        uint32_t place = lq_bus_lane_add(lane, from->sequence, lq_view_of("", 0));
        lane->events[place].needs = told.needs;
        (void)lq_bus_lane_write(lane, place, &told.event, NULL);
    }
    events->at = from->sequence;
    return true;
}

static enum lq_result pass_over_lost(struct lq_broker_events *events)
{
    struct lq_broker_feed_state state;
    enum lq_result result = lq_broker_feed_state(events->feed, &state);

    if (result != LQ_OK || state.first <= events->at + 1) {
        return result;
    }
    events->lost += state.first - 1 - events->at;
    lq_log_error("entries %" PRIu64 " to %" PRIu64 " of the broker's outbox were trimmed before "
                 "their events had left",
                 events->at + 1, state.first - 1);
    events->at = state.first - 1;
    lq_event_window_pass(&events->lane->window, events->at);
    return LQ_OK;
}

static enum lq_result read_run(struct lq_broker_events *events, uint64_t packed)
{
    enum lq_result result = lq_broker_feed_read(events->feed, events->at, &events->run);

    if (result == LQ_ERR_STALE) {
        return pass_over_lost(events);
    }
    for (uint32_t index = 0; result == LQ_OK && index < events->run.count; index++) {
        if (events->run.entries[index].sequence > packed) {
            break;
        }
        if (!take(events, &events->run.entries[index])) {
            events->has_more = true;
            break;
        }
    }
    return result;
}

static enum lq_result read_on(struct lq_broker_events *events, uint64_t packed)
{
    enum lq_result result = LQ_OK;

    events->has_more = false;
    for (int run = 0; run < RUNS_PER_TURN && !events->has_more; run++) {
        uint64_t before = events->at;
        if (before >= packed) {
            return LQ_OK;
        }
        result = read_run(events, packed);
        if (result != LQ_OK || events->at == before) {
            return result;
        }
    }
    events->has_more = events->at < packed;
    return result;
}

static void let_leave(struct lq_broker_events *events)
{
    uint64_t cursor = 0;
    uint32_t place;

    while (lq_event_window_next_waiting(&events->lane->window, &cursor, &place)) {
        if (lq_bus_lane_may_leave(events->lane, place, events->streams, LQ_SEGMENT_BROKER)) {
            lq_bus_lane_let(events->lane, place);
        }
    }
}

static bool has_room_again(const struct lq_broker_events *events)
{
    const struct lq_bus_lane *lane = events->lane;

    return events->has_more && lq_bus_lane_has_room(lane) && lq_bus_lane_may_write(lane) &&
           lane->window.ready_count <= LQ_BUS_LANE_READY_MAX / 2;
}

enum lq_result lq_broker_events_turn(struct lq_broker_events *events, uint64_t packed)
{
    if (events->progress == events->streams->progress && !has_room_again(events)) {
        return LQ_OK;
    }
    events->progress = events->streams->progress;
    enum lq_result result = read_on(events, packed);
    let_leave(events);
    return result == LQ_ERR_INVALID ? LQ_OK : result;
}

bool lq_broker_events_are_done(const struct lq_broker_events *events, uint64_t packed)
{
    return events->at >= packed && lq_event_window_is_empty(&events->lane->window);
}

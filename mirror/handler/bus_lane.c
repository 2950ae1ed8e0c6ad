// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/bus_lane.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/infrastructure/eventbridge_gateway.h"

#include <stdlib.h>

#define PUT_BYTES_MAX LQ_EVENTBRIDGE_GATEWAY_BYTES_USUAL

void lq_bus_lane_start(struct lq_bus_lane *lane, uint64_t position)
{
    LQ_ASSERT(!lane->is_started);
    lq_event_window_init(&lane->window, lane->slots, LQ_BUS_LANE_EVENTS_MAX, position);
    lane->is_started = true;
}

void lq_bus_lane_close(struct lq_bus_lane *lane)
{
    for (uint32_t place = 0; place < LQ_BUS_LANE_EVENTS_MAX; place++) {
        free(lane->events[place].memory);
        lane->events[place].memory = NULL;
    }
}

bool lq_bus_lane_has_room(const struct lq_bus_lane *lane)
{
    return lq_event_window_room(&lane->window) > 0 && lane->entry_bytes < LQ_BUS_LANE_BYTES_MAX;
}

bool lq_bus_lane_may_write(const struct lq_bus_lane *lane)
{
    return lane->window.ready_count < LQ_BUS_LANE_READY_MAX &&
           lane->text_bytes < LQ_BUS_LANE_BYTES_MAX;
}

static size_t text_bytes_of(const struct lq_bus_event *event)
{
    return event->source_bytes + event->type_bytes + event->detail_bytes;
}

static void let_go(struct lq_bus_lane *lane, uint32_t place)
{
    struct lq_bus_event *event = &lane->events[place];

    lane->entry_bytes -= event->entry_bytes;
    lane->text_bytes -= text_bytes_of(event);
    free(event->memory);
    *event = (struct lq_bus_event){.needs = event->needs};
}

static uint8_t *append(uint8_t *to, const void *from, size_t bytes)
{
    if (bytes > 0) {
        memcpy(to, from, bytes);
    }
    return to + bytes;
}

uint32_t lq_bus_lane_add(struct lq_bus_lane *lane, uint64_t sequence, struct lq_view entry)
{
    uint32_t place = lq_event_window_add(&lane->window, sequence);
    struct lq_bus_event *event = &lane->events[place];

    LQ_ASSERT(event->memory == NULL);
    *event = (struct lq_bus_event){.entry_bytes = entry.bytes};
    if (entry.bytes > 0) {
        event->memory = lq_alloc(entry.bytes, 1);
        (void)append(event->memory, entry.data, entry.bytes);
    }
    lane->entry_bytes += entry.bytes;
    return place;
}

struct lq_view lq_bus_lane_entry(const struct lq_bus_lane *lane, uint32_t place)
{
    return lq_view_of(lane->events[place].memory, lane->events[place].entry_bytes);
}

void lq_bus_lane_drop(struct lq_bus_lane *lane, uint32_t place)
{
    let_go(lane, place);
    lane->untold++;
    lq_event_window_drop(&lane->window, place);
}

static void refuse(struct lq_bus_lane *lane, uint32_t place)
{
    lq_log_rarely(LQ_LOG_ERROR, "an event is too long for the bus, also without its data");
    let_go(lane, place);
    lane->refused++;
    lq_event_window_drop(&lane->window, place);
}

bool lq_bus_lane_write(struct lq_bus_lane *lane, uint32_t place, const struct lq_cloud_event *event,
                       const char *reference)
{
    char source[LQ_CLOUD_EVENT_SOURCE_BYTES_MAX + 1];
    char type[LQ_CLOUD_EVENT_TYPE_BYTES_MAX + 1];
    static char text[PUT_BYTES_MAX];
    struct lq_cloud_event_text to = {.text = text, .bytes_max = sizeof text};

    enum lq_result result =
        lq_cloud_event_write(event, PUT_BYTES_MAX, reference != NULL ? reference : "", &to);
    if (result != LQ_OK || (to.by_reference && reference == NULL)) {
        refuse(lane, place);
        return false;
    }
    let_go(lane, place);
    struct lq_bus_event *made = &lane->events[place];
    lq_cloud_event_source(event, source);
    lq_cloud_event_type_text(event, type);
    made->source_bytes = strlen(source);
    made->type_bytes = strlen(type);
    made->detail_bytes = to.bytes;
    made->time_s = event->wall_ns / LQ_NS_PER_S;
    made->memory = lq_alloc(text_bytes_of(made), 1);
    uint8_t *end = append(made->memory, source, made->source_bytes);
    end = append(end, type, made->type_bytes);
    (void)append(end, text, to.bytes);
    lane->text_bytes += text_bytes_of(made);
    made->put_bytes = lq_cloud_event_put_bytes(event, to.bytes);
    return true;
}

void lq_bus_lane_let(struct lq_bus_lane *lane, uint32_t place)
{
    LQ_ASSERT(lane->events[place].put_bytes > 0);
    lq_event_window_ready(&lane->window, place, lane->events[place].put_bytes);
}

bool lq_bus_lane_may_leave(const struct lq_bus_lane *lane, uint32_t place,
                           const struct lq_mirror_streams *streams, enum lq_segment_entry_kind kind)
{
    const struct lq_ledger_event_needs *needs = &lane->events[place].needs;
    uint32_t of_tenant =
        needs->tenant_number <= streams->tenants_max ? streams->of_tenant[needs->tenant_number] : 0;
    const struct lq_stream_set_event event = {.stream = needs->is_in_control ? LQ_STREAM_SET_CONTROL
                                                                             : of_tenant,
                                              .kind = kind,
                                              .sequence = lane->slots[place].sequence,
                                              .frame_stream = of_tenant,
                                              .frame_ledger = needs->frame_ledger};

    return (of_tenant != 0 || needs->tenant_number == 0) &&
           lq_stream_set_may_publish(&streams->set, &event);
}

struct lq_event_entry lq_bus_lane_read(const struct lq_bus_lane *lane, uint32_t place)
{
    const struct lq_bus_event *event = &lane->events[place];
    const uint8_t *type = event->memory + event->source_bytes;

    return (struct lq_event_entry){.source = lq_view_of(event->memory, event->source_bytes),
                                   .detail_type = lq_view_of(type, event->type_bytes),
                                   .detail =
                                       lq_view_of(type + event->type_bytes, event->detail_bytes),
                                   .time_s = event->time_s};
}

void lq_bus_lane_settle(struct lq_bus_lane *lane, uint32_t place, enum lq_event_fate fate,
                        uint64_t now_ms, uint64_t *random)
{
    lane->left += fate == LQ_EVENT_LEFT;
    lane->refused += fate == LQ_EVENT_REFUSED;
    if (fate == LQ_EVENT_LEFT || fate == LQ_EVENT_REFUSED) {
        let_go(lane, place);
    }
    lq_event_window_settle(&lane->window, place, fate, now_ms, random);
}

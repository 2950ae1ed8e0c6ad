// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* bus_lane.h - the events of one outbox on their way to the bus: the window of event_window.h and
 * the memory of what is in it.
 *
 * While an event waits for its segment it is kept as the entry that it was read as; its text is
 * made when it may leave. Both are bounded, in events and in bytes: what has no room stays in the
 * outbox.
 */
#ifndef LQ_BUS_LANE_H
#define LQ_BUS_LANE_H

#include "base/view.h"
#include "mirror/domain/event_window.h"
#include "mirror/domain/ledger_event.h"
#include "mirror/handler/mirror_streams.h"
#include "mirror/infrastructure/event_entry.h"

enum {
    LQ_BUS_LANE_EVENTS_MAX = 4096,
    LQ_BUS_LANE_READY_MAX = 512, /* of them, with a text */
    LQ_BUS_LANE_BYTES_MAX =
        4 * 1024 * 1024 /* of entries, and as much of texts; one may exceed it */
};

/* What belongs to a slot. */
struct lq_bus_event {
    uint8_t *memory; /* of the entry, or of source, type and detail, one after the other; or NULL */
    size_t entry_bytes, source_bytes, type_bytes, detail_bytes;
    size_t put_bytes; /* what its text counts for */
    uint64_t time_s;
    struct lq_ledger_event_needs needs;
};

struct lq_bus_lane {
    struct lq_event_window window;
    struct lq_event_slot slots[LQ_BUS_LANE_EVENTS_MAX];
    struct lq_bus_event events[LQ_BUS_LANE_EVENTS_MAX]; /* by place */
    size_t entry_bytes, text_bytes;                     /* of all memory */
    uint64_t left, refused, untold;                     /* events since the start */
    bool is_started;
};

/* Lanes lie in zeroed memory until they are started. position: all up to it have left. */
void lq_bus_lane_start(struct lq_bus_lane *lane, uint64_t position);
void lq_bus_lane_close(struct lq_bus_lane *lane);

/* Whether one more may be added, and whether one more may get its text. */
bool lq_bus_lane_has_room(const struct lq_bus_lane *lane);
bool lq_bus_lane_may_write(const struct lq_bus_lane *lane);

/* An event, by a copy of its entry; needs room. The place of its slot. */
uint32_t lq_bus_lane_add(struct lq_bus_lane *lane, uint64_t sequence, struct lq_view entry);

struct lq_view lq_bus_lane_entry(const struct lq_bus_lane *lane, uint32_t place);

/* Its text is made, and takes the place of the entry; it goes on waiting. `reference`: what stands
 * for data that is beyond the bus's bound; NULL: nothing can. False: it is too long, and refused.
 */
bool lq_bus_lane_write(struct lq_bus_lane *lane, uint32_t place, const struct lq_cloud_event *event,
                       const char *reference);

/* An event with its text may leave. */
void lq_bus_lane_let(struct lq_bus_lane *lane, uint32_t place);

/* Whether what the event needs is in the table. `kind`: of its entry. */
bool lq_bus_lane_may_leave(const struct lq_bus_lane *lane, uint32_t place,
                           const struct lq_mirror_streams *streams,
                           enum lq_segment_entry_kind kind);

/* It cannot be told. */
void lq_bus_lane_drop(struct lq_bus_lane *lane, uint32_t place);

/* An event as the gateway takes it; borrows from the lane until it is settled. */
struct lq_event_entry lq_bus_lane_read(const struct lq_bus_lane *lane, uint32_t place);

void lq_bus_lane_settle(struct lq_bus_lane *lane, uint32_t place, enum lq_event_fate fate,
                        uint64_t now_ms, uint64_t *random);

#endif

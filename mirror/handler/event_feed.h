// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_feed.h - reads the ledger's outbox for the bus, apart from the mirror's own reading and
 * behind it: entries go into a lane, and get their text once their segments are in the table.
 *
 *     outbox --read on--> lane: WAITING --its segment and its frame's are in the table--> READY
 *
 * It holds up nothing: while the bus takes no events, the lane is full, and what follows stays in
 * the outbox.
 */
#ifndef LQ_EVENT_FEED_H
#define LQ_EVENT_FEED_H

#include "mirror/handler/bus_lane.h"
#include "mirror/handler/event_source.h"
#include "mirror/handler/mirror_streams.h"

struct lq_event_feed {
    struct lq_event_source source;
    const struct lq_mirror_streams *streams;
    struct lq_bus_lane *lane;
    struct lq_feed_run run; /* memory of its own */
    uint64_t at;            /* of the outbox, read up to here */
    uint64_t progress;      /* of the streams, when it last looked what may leave */
    bool has_more;          /* reading stopped for want of room */
    bool has_unwritten;     /* and so did writing */
    uint64_t lost;          /* entries that were trimmed before it came to them */
};

void lq_event_feed_open(struct lq_event_feed *feed, lq_ledger_t *ledger,
                        const struct lq_mirror_streams *streams, struct lq_bus_lane *lane,
                        const uint8_t history[LQ_HISTORY_ID_BYTES]);
void lq_event_feed_close(struct lq_event_feed *feed);

/* All up to this entry of the outbox has left. */
void lq_event_feed_start(struct lq_event_feed *feed, uint64_t outbox_sequence);

/* Read on, up to where the mirror has packed, and write what may leave now. */
LQ_MUST_CHECK enum lq_result lq_event_feed_turn(struct lq_event_feed *feed,
                                                struct lq_feed_position packed);

/* Nothing is to be read up to `packed`, and all that was read has left. */
bool lq_event_feed_is_done(const struct lq_event_feed *feed, struct lq_feed_position packed);

#endif

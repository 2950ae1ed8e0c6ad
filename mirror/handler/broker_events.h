// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_events.h - reads the outbox of the broker's store for the bus, as event_feed.h does the
 * ledger's. Its entries may be long, so the text of an event is made at once, and waits for its
 * segment in the entry's place. */
#ifndef LQ_BROKER_EVENTS_H
#define LQ_BROKER_EVENTS_H

#include "mirror/domain/broker_outbox_event.h"
#include "mirror/handler/broker_source.h"
#include "mirror/handler/bus_lane.h"

struct lq_broker_events {
    lq_broker_feed_t *feed;
    lq_ledger_t *ledger;
    const struct lq_mirror_streams *streams;
    struct lq_bus_lane *lane;
    uint8_t history[LQ_HISTORY_ID_BYTES];
    struct lq_broker_feed_run run; /* memory of its own */
    struct lq_broker_sealing sealing;
    uint64_t at;       /* read up to here */
    uint64_t progress; /* of the streams, when it last looked what may leave */
    bool has_more;     /* reading stopped for want of room */
    uint64_t lost;     /* entries that were trimmed before it came to them */
};

void lq_broker_events_open(struct lq_broker_events *events, lq_broker_feed_t *feed,
                           lq_ledger_t *ledger, const struct lq_mirror_streams *streams,
                           struct lq_bus_lane *lane);
void lq_broker_events_close(struct lq_broker_events *events);

/* All up to this entry has left. `history`: of the ledger. */
void lq_broker_events_start(struct lq_broker_events *events, uint64_t sequence,
                            const uint8_t history[LQ_HISTORY_ID_BYTES]);

/* As of event_feed.h; `packed` is a sequence of the broker's outbox. */
LQ_MUST_CHECK enum lq_result lq_broker_events_turn(struct lq_broker_events *events,
                                                   uint64_t packed);
bool lq_broker_events_are_done(const struct lq_broker_events *events, uint64_t packed);

#endif

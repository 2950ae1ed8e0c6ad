// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* frame_events.h - what stages emitted in a frame, from the outbox, as long as it keeps that. */
#ifndef LQ_FRAME_EVENTS_H
#define LQ_FRAME_EVENTS_H

#include "base/arena.h"
#include "store/lmdb/ledger_feed.h"
#include "world/tick.h"

struct lq_frame_events {
    bool known; /* all of them are here; else some were trimmed, or may have been */
    uint32_t count;
    struct lq_tick_event *entries; /* in the arena, LQ_EVENTS_PER_TICK_MAX */
};

/* Of the frame whose record has that sequence, outside of a read transaction: entries are looked up
 * one by one, about as many as the outbox's count has binary digits. `state` was read before.
 * `plain`: LQ_FEED_PLAIN_BYTES_MAX of memory. Of what cannot be read nothing is known. */
void lq_frame_events_find(lq_ledger_t *ledger, const struct lq_feed_state *state,
                          uint64_t ledger_sequence, uint8_t *plain, struct lq_frame_events *events);

#endif

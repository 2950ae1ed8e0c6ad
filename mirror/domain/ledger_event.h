// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_event.h - what an entry of the ledger's outbox is told as on the bus.
 *
 *     entry            event            its id is made of
 *     sealed event     tick.NAME        H of its frame, its place in the frame
 *     note: session    session.created  history, sequence and identity of the note
 *     note: deleted    session.ended    likewise
 *     other notes      none: they tell of tables, not of what happened
 *
 * Pure. Depends on base/, world/, store/core/, cloud_event.h and segment_packer.h.
 */
#ifndef LQ_LEDGER_EVENT_H
#define LQ_LEDGER_EVENT_H

#include "mirror/domain/cloud_event.h"
#include "store/core/outbox_note.h"
#include "world/tick.h"

/* Where the table must have come before an event may leave. */
struct lq_ledger_event_needs {
    bool is_in_control; /* its entry is in the control stream, else in its tenant's */
    uint64_t tenant_number;
    uint64_t frame_ledger; /* the record of its frame, in its tenant's stream */
};

/* False: the entry makes no event. */
bool lq_ledger_event_is_told(const struct lq_outbox_entry *entry,
                             struct lq_ledger_event_needs *needs);

/* The record of the frame that the entry tells of: the one that it comes after, or that its note
 * names. `value` is the whole entry. */
uint64_t lq_ledger_event_record(const struct lq_outbox_entry *entry, struct lq_view value);

/* What that record says. */
struct lq_ledger_event_frame {
    struct lq_session_names names;
    uint64_t wall_ns;
    uint8_t hash[LQ_HASH_BYTES];
};

/* Of a sealed event that was opened. Views in `event` are those of frame and tick. */
void lq_ledger_event_of_tick(const struct lq_outbox_entry *entry, const struct lq_tick_event *tick,
                             const struct lq_ledger_event_frame *frame, lq_digest_fn digest,
                             struct lq_cloud_event *event);

/* Of the note of a session that was created, or deleted. `root`: lq_cloud_event_root() of the note.
 */
void lq_ledger_event_of_session(const struct lq_outbox_entry *entry,
                                const struct lq_ledger_event_frame *frame, lq_digest_fn digest,
                                const uint8_t root[LQ_HASH_BYTES], struct lq_cloud_event *event);

#endif

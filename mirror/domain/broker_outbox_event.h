// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_outbox_event.h - what an entry of the broker's outbox is told as on the bus.
 *
 *     entry                             event
 *     put, letters: it is open          letter.stored
 *     put, letters: a frame decided it  letter.redriven
 *     action letter.purge               letter.purged: a delete names no tenant
 *     put, parked                       session.parked
 *     delete, parked                    session.resumed
 *     other actions                     operator.action
 *     quota                             quota.exceeded
 *     all else, and quiet entries       none: of these the tenant subscribes to none
 *
 * Ids are made of history, sequence and identity of the entry (lq_cloud_event_root).
 *
 * Pure. Depends on base/, world/, store/core/ and cloud_event.h.
 */
#ifndef LQ_BROKER_OUTBOX_EVENT_H
#define LQ_BROKER_OUTBOX_EVENT_H

#include "mirror/domain/cloud_event.h"
#include "store/core/broker_entry.h"

/* The action that is told for each letter that an operator purged or drained, with its id. */
#define LQ_BROKER_OUTBOX_EVENT_PURGE "letter.purge"

/* Of a put in the table of letters: what the letter says. */
struct lq_broker_outbox_event_letter {
    uint64_t id;
    bool is_open, is_done;
    uint64_t done_frame; /* is_done: the frame that decided it; 0: none is known */
    struct lq_session_names names;
    struct lq_view error, cause;
};

/* LQ_CLOUD_EVENT_NONE: it makes no event. `letter` is looked at for puts of letters only. */
enum lq_cloud_event_type
lq_broker_outbox_event_type(const struct lq_broker_entry *entry,
                            const struct lq_broker_entry_body *body,
                            const struct lq_broker_outbox_event_letter *letter);

/* Of an entry that makes one. Views are those of body and letter. LQ_ERR_CORRUPT: a key that is
 * none of its table, or an action that names no letter. */
LQ_MUST_CHECK enum lq_result lq_broker_outbox_event_set(
    const struct lq_broker_entry *entry, const struct lq_broker_entry_body *body,
    const struct lq_broker_outbox_event_letter *letter, struct lq_cloud_event *event);

#endif

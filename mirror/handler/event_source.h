// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_source.h - the text of an event, from an entry of the ledger's feed: it is opened, and the
 * record of its frame is read for H, time and names.
 *
 * Entries of one frame come one after the other, so the frame read last is kept.
 */
#ifndef LQ_EVENT_SOURCE_H
#define LQ_EVENT_SOURCE_H

#include "mirror/domain/ledger_event.h"
#include "store/lmdb/ledger_feed.h"

struct lq_event_source {
    lq_ledger_t *ledger;
    uint8_t history[LQ_HISTORY_ID_BYTES];
    uint8_t *record, *content, *plain;  /* memory of the record, opened, and of the event, opened */
    struct lq_tick *tick;               /* the record's content */
    uint64_t ledger_sequence;           /* of the frame at hand; 0: none */
    struct lq_ledger_event_frame frame; /* its names lie in `content` */
    struct lq_tick_event event;
};

void lq_event_source_open(struct lq_event_source *source, lq_ledger_t *ledger,
                          const uint8_t history[LQ_HISTORY_ID_BYTES]);
void lq_event_source_close(struct lq_event_source *source);

/* An entry that lq_ledger_event_is_told(). `event` borrows from the source until the next call.
 * LQ_ERR_KEY: the key of the event or of its frame was destroyed, it can never be told again.
 * LQ_ERR_NOT_FOUND: its frame is not there. LQ_ERR_CORRUPT, and what LMDB says. */
LQ_MUST_CHECK enum lq_result lq_event_source_tell(struct lq_event_source *source,
                                                  const struct lq_feed_entry *entry,
                                                  struct lq_cloud_event *event);

#endif

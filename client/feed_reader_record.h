// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_reader_record.h - the readers of the feed that are on a link, for the link alone. */
#ifndef LQ_FEED_READER_RECORD_H
#define LQ_FEED_READER_RECORD_H

#include "client/feed_reader.h"

/* Ask for those that are due. */
void lq_feed_reader_turn_all(lq_feed_reader_t *first, uint64_t now_ns);

/* When the next of them is due; UINT64_MAX: never. */
uint64_t lq_feed_reader_due_ns(const lq_feed_reader_t *first);

#endif

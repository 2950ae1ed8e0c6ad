// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_entry.h - one entry of the change feed, for people and for programs. */
#ifndef LQ_FEED_ENTRY_H
#define LQ_FEED_ENTRY_H

#include "proto/feed_item.h"

/* "R:E". False: not such a position. */
bool lq_feed_entry_position(const char *text, struct lq_feed_place *place);

void lq_feed_entry_print(const struct lq_feed_item *item, bool json);

#endif

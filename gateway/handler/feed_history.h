// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_history.h - for session_feed.c: frames that the watch missed, and the events of all frames
 * in their order. */
#ifndef LQ_FEED_HISTORY_H
#define LQ_FEED_HISTORY_H

#include "gateway/handler/session_feed.h"

/* Frame `frame` came. Its events are told when those of all frames before it were. */
void lq_feed_history_take(struct lq_session_feed *feed, uint64_t frame,
                          const struct lq_tick_event *events, uint32_t count);

/* The watch has begun: what is the newest frame? Then the feed is READY. */
void lq_feed_history_read_head(struct lq_session_feed *feed);

/* Whatever came after the frames that were told is read again. */
void lq_feed_history_catch_up(struct lq_session_feed *feed);

/* What was kept is given back. */
void lq_feed_history_clear(struct lq_session_feed *feed);

#endif

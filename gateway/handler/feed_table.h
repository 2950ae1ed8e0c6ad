// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_table.h - for session_feed.c and feed_history.c: the table of all feeds, and the memory that
 * they use in turn. */
#ifndef LQ_FEED_TABLE_H
#define LQ_FEED_TABLE_H

#include "base/arena.h"
#include "gateway/handler/session_feed.h"

#define LQ_FEED_BUCKETS 1024u
#define LQ_FEED_ARENA_BYTES (1024u * 1024u)

struct lq_feed_table {
    struct lq_feed_table_options options;
    struct lq_session_feed *buckets[LQ_FEED_BUCKETS];
    uint32_t count;
    uint64_t states_made; /* contents that were not taken from another client's */
    struct lq_world world;
    struct lq_arena arena;
    struct lq_state_scratch scratch;
    char *text; /* a state's content under way */
    size_t text_bytes;
};

/* feed_table.c */
void lq_feed_table_take_out(struct lq_session_feed *feed);

/* session_feed.c */
void lq_session_feed_begin(struct lq_session_feed *feed);

/* An answer that is none: it fails, with the code that fits. */
void lq_session_feed_refused(struct lq_session_feed *feed, const struct lq_admin_reply *reply);

/* The world in table->world is that of `frame`: a snapshot of it. */
void lq_session_feed_take_world(struct lq_session_feed *feed, uint64_t frame, const uint8_t *hash);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_codec.h - for admin_codec.c: the state of a partition's feed, its cursors, its entries. */
#ifndef LQ_FEED_CODEC_H
#define LQ_FEED_CODEC_H

#include "proto/admin_codec.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__FeedCursor;
struct Ledgerquest__V1__FeedItem;
struct Ledgerquest__V1__FeedState;
struct Ledgerquest__V1__Telling;

void lq_feed_codec_put_cursor(struct lq_wire_out *out, uint32_t number,
                              const struct lq_cursor_entry *cursor);
LQ_MUST_CHECK enum lq_result
lq_feed_codec_take_cursor(const struct Ledgerquest__V1__FeedCursor *from,
                          struct lq_cursor_entry *cursor, const char **where);

void lq_feed_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_feed_report *feed);
LQ_MUST_CHECK enum lq_result lq_feed_codec_take(const struct Ledgerquest__V1__FeedState *from,
                                                struct lq_feed_report *feed, const char **where);

void lq_feed_codec_put_item(struct lq_wire_out *out, uint32_t number,
                            const struct lq_feed_item *item);
LQ_MUST_CHECK enum lq_result lq_feed_codec_take_item(const struct Ledgerquest__V1__FeedItem *from,
                                                     struct lq_arena *arena,
                                                     struct lq_feed_item *item, const char **where);

/* A step of what is told again. */
void lq_feed_codec_put_telling(struct lq_wire_out *out, uint32_t number,
                               const struct lq_telling_report *telling);
LQ_MUST_CHECK enum lq_result lq_feed_codec_take_telling(const struct Ledgerquest__V1__Telling *from,
                                                        struct lq_telling_report *telling,
                                                        const char **where);

#endif

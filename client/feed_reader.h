// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_reader.h - the change feed of the cluster's ledger, followed on a link: every record, every
 * event, every name, key and decided letter, in one order, each at least once.
 *
 * A place in the feed is two numbers; whoever keeps the place behind the last entry that it dealt
 * with goes on from there. With a cursor the cluster keeps it, and keeps what lies behind it: say
 * lq_feed_reader_pass() when entries are dealt with. A reader that dies in between is told some of
 * them again; their places are the same. A cursor that stands still for too long is dropped
 * (store/outbox_bytes_max), and the reader with it.
 *
 *     FINDING --> (SETTING, a cursor that there is not yet) --> READING --> ENDED
 */
#ifndef LQ_FEED_READER_H
#define LQ_FEED_READER_H

#include "client/link.h"
#include "proto/feed_item.h"

typedef struct lq_feed_reader lq_feed_reader_t;

/* `item` and what it points to live for the call. */
typedef void (*lq_feed_item_fn)(void *context, const struct lq_feed_item *item);

/* Why a reader cannot go on. LQ_ERR_STALE: what follows its place was trimmed; begin anew, with
 * what the tables hold. LQ_ERR_CONFLICT: the feed has not come to its place, or is that of another
 * history, since the ledger was restored. LQ_ERR_FULL: there are 16 cursors. LQ_ERR_CORRUPT: an
 * entry cannot be read. Lives for the call; the reader hands out nothing more. */
struct lq_feed_end {
    enum lq_result result;
    const char *why;
};
typedef void (*lq_feed_end_fn)(void *context, const struct lq_feed_end *end);

/* All of it is borrowed for the call of lq_feed_reader_new(), but for `context`. */
struct lq_feed_reader_options {
    const char
        *cursor;    /* its name in the cluster, as a tenant's; NULL: the place is yours to keep */
    bool has_after; /* begin behind `after`; else where the cursor is, or with the feed's newest
                         * entry where there is none */
    struct lq_feed_place after;
    uint8_t history[16]; /* of `after`, as lq_feed_reader_history() said; zeroes: not known */
    uint32_t idle_ms;    /* between two looks when nothing has come; 0: 200 */
    lq_feed_item_fn on_item;
    lq_feed_end_fn on_end;
    void *context; /* of both */
};

/* Ended by lq_feed_reader_destroy(), which takes it and may be called twice, but not from its own
 * callbacks; and by lq_link_close(). LQ_ERR_INVALID: `message` says why. */
LQ_MUST_CHECK enum lq_result lq_feed_reader_new(lq_link_t *link,
                                                const struct lq_feed_reader_options *options,
                                                lq_feed_reader_t **reader,
                                                struct lq_error_message *message);
void lq_feed_reader_destroy(lq_feed_reader_t **reader);

/* Everything up to `place`, the `behind` of an item that was handed out, is dealt with for good:
 * the cursor follows, soon. Nothing without a cursor. */
void lq_feed_reader_pass(lq_feed_reader_t *reader, struct lq_feed_place place);

/* The place up to which the cluster has heard that all is dealt with. */
struct lq_feed_place lq_feed_reader_passed(const lq_feed_reader_t *reader);

/* Behind the entry handed out last. False: the reader has no place yet. */
bool lq_feed_reader_place(const lq_feed_reader_t *reader, struct lq_feed_place *place);

/* Nothing follows that the reader has not handed out, as of its newest answer. */
bool lq_feed_reader_is_at_end(const lq_feed_reader_t *reader);

/* 16 bytes: the history that places belong to; NULL: none was heard yet. */
const uint8_t *lq_feed_reader_history(const lq_feed_reader_t *reader);

#endif

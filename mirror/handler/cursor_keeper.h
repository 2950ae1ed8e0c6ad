// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* cursor_keeper.h - the mirror's cursors in the ledger and in the broker's store: what it has not
 * mirrored yet is kept. Told to persist by way of the broker, and to the broker itself, one request
 * at a time each; a broker that is away is waited for. */
#ifndef LQ_CURSOR_KEEPER_H
#define LQ_CURSOR_KEEPER_H

#include "client/administration.h"
#include "store/core/ledger_key.h"

#define LQ_CURSOR_KEEPER_NAME "mirror"

/* One of the two. */
struct lq_kept_cursor {
    struct lq_admin_request request;
    bool is_asked;                      /* the request is on its way */
    bool has_set;                       /* `set` is where it stands */
    bool is_refused;                    /* since whoever wants it looked */
    uint64_t retry_ns;                  /* it was refused: not before */
    struct lq_feed_position set, asked; /* of the broker's, the outbox sequence alone */
};

struct lq_cursor_keeper {
    lq_link_t *link;
    struct lq_kept_cursor ledger, broker;
};

/* LQ_ERR_INVALID with `message`. Closed by lq_cursor_keeper_close(), also after an error. */
LQ_MUST_CHECK enum lq_result lq_cursor_keeper_open(struct lq_cursor_keeper *keeper,
                                                   const char *runtime_dir,
                                                   struct lq_error_message *message);
void lq_cursor_keeper_close(struct lq_cursor_keeper *keeper);

/* The cursor in the ledger should stand there; asked for at once if nothing is on its way. */
void lq_cursor_keeper_want(struct lq_cursor_keeper *keeper, struct lq_feed_position position);

/* The cursor in the broker's store. */
void lq_cursor_keeper_want_broker(struct lq_cursor_keeper *keeper, uint64_t sequence);

/* When one is asked for again though nobody wakes it; UINT64_MAX: none is. */
uint64_t lq_cursor_keeper_next_ns(const struct lq_cursor_keeper *keeper);

/* As of lq_link_descriptor() and the rest. */
void lq_cursor_keeper_turn(struct lq_cursor_keeper *keeper);

#endif

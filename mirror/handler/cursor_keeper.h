// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* cursor_keeper.h - the mirror's cursor in the ledger: what it has not mirrored yet is kept. Told
 * to persist by way of the broker, one request at a time; a broker that is away is waited for. */
#ifndef LQ_CURSOR_KEEPER_H
#define LQ_CURSOR_KEEPER_H

#include "client/administration.h"
#include "store/core/ledger_key.h"

#define LQ_CURSOR_KEEPER_NAME "mirror"

struct lq_cursor_keeper {
    lq_client_t *client;
    struct lq_admin_request request;
    bool is_asked; /* the request is on its way */
    bool has_set;  /* `set` is where it stands */
    bool is_lost;  /* the ledger refused it: what lies behind is gone */
    struct lq_feed_position set, asked;
};

/* LQ_ERR_INVALID with `message`. Closed by lq_cursor_keeper_close(), also after an error. */
LQ_MUST_CHECK enum lq_result lq_cursor_keeper_open(struct lq_cursor_keeper *keeper,
                                                   const char *runtime_dir,
                                                   struct lq_error_message *message);
void lq_cursor_keeper_close(struct lq_cursor_keeper *keeper);

/* It should stand there; asked for at once if nothing is on its way. */
void lq_cursor_keeper_want(struct lq_cursor_keeper *keeper, struct lq_feed_position position);

/* As of lq_client_descriptor() and the rest. */
void lq_cursor_keeper_turn(struct lq_cursor_keeper *keeper);

#endif

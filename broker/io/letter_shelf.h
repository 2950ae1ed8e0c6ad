// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_shelf.h - the dead letters in the broker's store, by their ids; one is in hand at a time.
 * Writes happen inside the store's open transaction. */
#ifndef LQ_LETTER_SHELF_H
#define LQ_LETTER_SHELF_H

#include "proto/admin_codec.h"
#include "store/lmdb/broker_store.h"

#define LQ_LETTER_BYTES_MAX (LQ_TICK_BYTES_MAX * 2 + 65536u) /* encoded */

struct lq_letter_shelf {
    lq_broker_store_t *store;
    struct lq_letter letter; /* in hand; its views lie in `arena` or are whoever's changed it */
    struct lq_arena arena;
    uint8_t *value; /* as it was read */
    uint8_t *encoded;
};

/* Borrows the store. */
void lq_letter_shelf_open(struct lq_letter_shelf *shelf, lq_broker_store_t *store);
void lq_letter_shelf_close(struct lq_letter_shelf *shelf);

/* Take one in hand, by its id or as it is encoded. */
LQ_MUST_CHECK enum lq_result lq_letter_shelf_read(struct lq_letter_shelf *shelf, uint64_t id);
LQ_MUST_CHECK enum lq_result lq_letter_shelf_decode(struct lq_letter_shelf *shelf,
                                                    struct lq_view encoded);

/* Put the one in hand in its place. */
LQ_MUST_CHECK enum lq_result lq_letter_shelf_write(struct lq_letter_shelf *shelf);

LQ_MUST_CHECK enum lq_result lq_letter_shelf_delete(struct lq_letter_shelf *shelf, uint64_t id);

/* Those with that id or a higher one, as lq_broker_store_each() passes them. */
LQ_MUST_CHECK enum lq_result lq_letter_shelf_each(struct lq_letter_shelf *shelf, uint64_t from_id,
                                                  lq_broker_store_each_fn each, void *context);

/* A copy on an arena of one's own; empty when that is full. */
struct lq_view lq_letter_shelf_keep(struct lq_arena *arena, struct lq_view bytes);

/* The start of a cause, for lists and histories, cut between two characters of UTF-8. */
struct lq_view lq_letter_shelf_shorten(struct lq_view cause);

#endif

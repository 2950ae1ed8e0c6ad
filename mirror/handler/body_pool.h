// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* body_pool.h - memory for the bodies of segments that are filled or on their way, of all streams
 * together: so many at a time, made when they are first wanted. Pages that a short body does not
 * touch cost nothing. */
#ifndef LQ_BODY_POOL_H
#define LQ_BODY_POOL_H

#include "base/contract.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lq_body_pool {
    uint8_t **free; /* bodies that nobody has */
    uint32_t free_count, made_count, count_max;
    size_t bytes; /* of each */
};

void lq_body_pool_init(struct lq_body_pool *pool, uint32_t count_max, size_t bytes);
void lq_body_pool_destroy(struct lq_body_pool *pool); /* all were given back */

/* NULL: there are none. */
uint8_t *lq_body_pool_take(struct lq_body_pool *pool);
void lq_body_pool_give(struct lq_body_pool *pool, uint8_t **body);

/* Less than an eighth is left: what is filled should go. */
bool lq_body_pool_is_short(const struct lq_body_pool *pool);

#endif

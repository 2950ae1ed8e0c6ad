// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* record_pool.h - which records of a table are in use.
 *
 * A pool hands out the record given back last, else the lowest one never used: what was never used
 * is never touched, so that tables sized for a crowd cost an idle broker no memory. Free records
 * are chained by the link that they have while they are in use.
 */
#ifndef LQ_RECORD_POOL_H
#define LQ_RECORD_POOL_H

#include "broker/core/index_list.h"

struct lq_record_pool {
    uint32_t free; /* the one given back last; 0: none */
    uint32_t top;  /* the highest one ever used */
    uint32_t max;
};

/* A record with what was in it when it was given back, or 0: all are in use. */
static inline uint32_t lq_record_pool_take(struct lq_record_pool *pool, struct lq_index_links links)
{
    uint32_t index = pool->free;

    if (index != 0) {
        pool->free = *lq_index_list_link(links, index);
    } else if (pool->top < pool->max) {
        index = ++pool->top;
    }
    return index;
}

static inline void lq_record_pool_give(struct lq_record_pool *pool, struct lq_index_links links,
                                       uint32_t index)
{
    LQ_ASSERT(index != 0);
    *lq_index_list_link(links, index) = pool->free;
    pool->free = index;
}

#endif

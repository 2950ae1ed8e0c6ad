// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/body_pool.h"

#include "base/alloc.h"

#include <stdlib.h>

void lq_body_pool_init(struct lq_body_pool *pool, uint32_t count_max, size_t bytes)
{
    *pool = (struct lq_body_pool){
        .free = lq_alloc(count_max, sizeof *pool->free), .count_max = count_max, .bytes = bytes};
}

void lq_body_pool_destroy(struct lq_body_pool *pool)
{
    LQ_ASSERT(pool->free_count == pool->made_count);
    for (uint32_t index = 0; index < pool->free_count; index++) {
        free(pool->free[index]);
    }
    free(pool->free);
    *pool = (struct lq_body_pool){.free = NULL};
}

uint8_t *lq_body_pool_take(struct lq_body_pool *pool)
{
    if (pool->free_count > 0) {
        return pool->free[--pool->free_count];
    }
    if (pool->made_count == pool->count_max) {
        return NULL;
    }
    pool->made_count++;
    return lq_alloc(pool->bytes, 1);
}

void lq_body_pool_give(struct lq_body_pool *pool, uint8_t **body)
{
    if (*body != NULL) {
        LQ_ASSERT(pool->free_count < pool->made_count);
        pool->free[pool->free_count++] = *body;
        *body = NULL;
    }
}

bool lq_body_pool_is_short(const struct lq_body_pool *pool)
{
    return pool->free_count + (pool->count_max - pool->made_count) < pool->count_max / 8 + 1;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/out_pool.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "proto/framing.h"

#include <stdlib.h>

void lq_out_pool_open(struct lq_out_pool *pool, uint32_t count)
{
    LQ_ASSERT(count <= LQ_OUT_POOL_MAX);
    pool->count = count;
    for (uint32_t index = 0; index < count; index++) {
        atomic_init(&pool->entries[index].taken, false);
        pool->entries[index].bytes = lq_alloc(LQ_BODY_BYTES_MAX, 1);
    }
}

void lq_out_pool_close(struct lq_out_pool *pool)
{
    for (uint32_t index = 0; index < pool->count; index++) {
        struct lq_out_memory *memory = &pool->entries[index];
        if (!atomic_load_explicit(&memory->taken, memory_order_acquire)) {
            free(memory->bytes);
            memory->bytes = NULL;
        }
    }
    pool->count = 0;
}

struct lq_out_memory *lq_out_pool_take(struct lq_out_pool *pool)
{
    for (uint32_t index = 0; index < pool->count; index++) {
        struct lq_out_memory *memory = &pool->entries[index];
        if (!atomic_load_explicit(&memory->taken, memory_order_acquire)) {
            atomic_store_explicit(&memory->taken, true, memory_order_relaxed);
            return memory;
        }
    }
    return NULL;
}

void lq_out_pool_give(void *bytes, void *memory)
{
    struct lq_out_memory *entry = memory;

    LQ_ASSERT(entry->bytes == bytes);
    atomic_store_explicit(&entry->taken, false, memory_order_release);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* arena.h - a bump allocator over memory that its owner lends. Nothing is freed one by one; the
 * owner resets the whole. The arena never grows, so it is also a budget. */
#ifndef LQ_ARENA_H
#define LQ_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct lq_arena {
    uint8_t *memory;
    size_t bytes;
    size_t used_bytes;
};

static inline void lq_arena_reset(struct lq_arena *arena)
{
    arena->used_bytes = 0;
}

/* `bytes` of uninitialised memory aligned for any type, or NULL when the budget is spent. */
static inline void *lq_arena_take(struct lq_arena *arena, size_t bytes)
{
    size_t rounded = (bytes + 15) & ~(size_t)15;

    if (rounded < bytes || rounded > arena->bytes - arena->used_bytes) {
        return NULL;
    }
    void *memory = arena->memory + arena->used_bytes;
    arena->used_bytes += rounded;
    return memory;
}

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/timer_heap.h"

size_t lq_timer_heap_bytes(uint32_t capacity)
{
    return ((size_t)capacity + 1) * sizeof(struct lq_timer_entry) +
           (size_t)capacity * sizeof(uint32_t) + 64;
}

void lq_timer_heap_init(struct lq_timer_heap *heap, uint32_t capacity, struct lq_arena *arena)
{
    heap->entries = lq_arena_take(arena, ((size_t)capacity + 1) * sizeof *heap->entries);
    heap->positions = lq_arena_take(arena, (size_t)capacity * sizeof *heap->positions);
    LQ_ASSERT(heap->entries != NULL);
    LQ_ASSERT(heap->positions != NULL);
    heap->capacity = capacity;
    heap->count = 0;
}

static void place(struct lq_timer_heap *heap, uint32_t position, struct lq_timer_entry entry)
{
    heap->entries[position] = entry;
    heap->positions[entry.timer] = position;
}

static void sift_up(struct lq_timer_heap *heap, uint32_t position, struct lq_timer_entry entry)
{
    while (position > 1 && heap->entries[position / 2].due_ns > entry.due_ns) {
        place(heap, position, heap->entries[position / 2]);
        position /= 2;
    }
    place(heap, position, entry);
}

static void sift_down(struct lq_timer_heap *heap, uint32_t position, struct lq_timer_entry entry)
{
    for (;;) {
        uint32_t child = position * 2;
        if (child > heap->count) {
            break;
        }
        if (child < heap->count && heap->entries[child + 1].due_ns < heap->entries[child].due_ns) {
            child++;
        }
        if (heap->entries[child].due_ns >= entry.due_ns) {
            break;
        }
        place(heap, position, heap->entries[child]);
        position = child;
    }
    place(heap, position, entry);
}

static void reorder(struct lq_timer_heap *heap, uint32_t position, struct lq_timer_entry entry)
{
    if (position > 1 && heap->entries[position / 2].due_ns > entry.due_ns) {
        sift_up(heap, position, entry);
    } else {
        sift_down(heap, position, entry);
    }
}

void lq_timer_heap_set(struct lq_timer_heap *heap, uint32_t timer, uint64_t due_ns)
{
    LQ_ASSERT(timer < heap->capacity);
    struct lq_timer_entry entry = {due_ns, timer};
    uint32_t position = heap->positions[timer];

    if (position == 0) {
        LQ_ASSERT(heap->count < heap->capacity);
        sift_up(heap, ++heap->count, entry);
    } else {
        reorder(heap, position, entry);
    }
}

void lq_timer_heap_stop(struct lq_timer_heap *heap, uint32_t timer)
{
    LQ_ASSERT(timer < heap->capacity);
    uint32_t position = heap->positions[timer];

    if (position == 0) {
        return;
    }
    heap->positions[timer] = 0;
    struct lq_timer_entry last = heap->entries[heap->count--];
    if (last.timer != timer) {
        reorder(heap, position, last);
    }
}

uint64_t lq_timer_heap_next_ns(const struct lq_timer_heap *heap)
{
    return heap->count == 0 ? LQ_TIMER_NEVER : heap->entries[1].due_ns;
}

uint64_t lq_timer_heap_due_ns(const struct lq_timer_heap *heap, uint32_t timer)
{
    LQ_ASSERT(timer < heap->capacity);
    uint32_t position = heap->positions[timer];

    return position == 0 ? LQ_TIMER_NEVER : heap->entries[position].due_ns;
}

bool lq_timer_heap_take(struct lq_timer_heap *heap, uint64_t now_ns, uint32_t *timer,
                        uint64_t *due_ns)
{
    if (heap->count == 0 || heap->entries[1].due_ns > now_ns) {
        return false;
    }
    *timer = heap->entries[1].timer;
    *due_ns = heap->entries[1].due_ns;
    lq_timer_heap_stop(heap, *timer);
    return true;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/timer_heap.h"

void lq_timer_heap_init(struct lq_timer_heap *heap, const uint32_t counts[LQ_TIMER_KINDS],
                        struct lq_timer_entry *entries, uint32_t *positions)
{
    heap->entries = entries;
    heap->positions = positions;
    heap->count = 0;
    heap->kinds[0] = 0;
    for (uint32_t kind = 0; kind < LQ_TIMER_KINDS; kind++) {
        heap->kinds[kind + 1] = heap->kinds[kind] + counts[kind];
    }
}

/* Where a timer's entry lies; the value there is 0 when it is not set. */
static uint32_t *position_of(const struct lq_timer_heap *heap, struct lq_timer timer)
{
    uint32_t place = heap->kinds[timer.kind] + timer.index;

    LQ_ASSERT(place < heap->kinds[timer.kind + 1]);
    return &heap->positions[place];
}

static void place(struct lq_timer_heap *heap, uint32_t position, struct lq_timer_entry entry)
{
    heap->entries[position] = entry;
    *position_of(heap, entry.timer) = position;
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

void lq_timer_heap_set(struct lq_timer_heap *heap, struct lq_timer timer, uint64_t due_ns)
{
    struct lq_timer_entry entry = {due_ns, timer};
    uint32_t position = *position_of(heap, timer);

    if (position == 0) {
        sift_up(heap, ++heap->count, entry);
    } else {
        reorder(heap, position, entry);
    }
}

void lq_timer_heap_stop(struct lq_timer_heap *heap, struct lq_timer timer)
{
    uint32_t *set = position_of(heap, timer);
    uint32_t position = *set;

    if (position == 0) {
        return;
    }
    *set = 0;
    struct lq_timer_entry last = heap->entries[heap->count--];
    if (last.timer.kind != timer.kind || last.timer.index != timer.index) {
        reorder(heap, position, last);
    }
}

uint64_t lq_timer_heap_next_ns(const struct lq_timer_heap *heap)
{
    return heap->count == 0 ? LQ_TIMER_NEVER : heap->entries[1].due_ns;
}

uint64_t lq_timer_heap_due_ns(const struct lq_timer_heap *heap, struct lq_timer timer)
{
    uint32_t position = *position_of(heap, timer);

    return position == 0 ? LQ_TIMER_NEVER : heap->entries[position].due_ns;
}

bool lq_timer_heap_take(struct lq_timer_heap *heap, uint64_t now_ns, struct lq_timer *timer,
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

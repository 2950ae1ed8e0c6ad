// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/event_window.h"

#include "base/contract.h"

void lq_event_window_init(struct lq_event_window *window, struct lq_event_slot *slots,
                          uint32_t slot_max, uint64_t position)
{
    LQ_ASSERT(slots != NULL);
    LQ_ASSERT(slot_max > 0);
    *window = (struct lq_event_window){
        .slots = slots, .slot_max = slot_max, .position = position, .newest = position};
}

static struct lq_event_slot *slot_at(const struct lq_event_window *window, uint64_t number)
{
    return &window->slots[number % window->slot_max];
}

/* Of an event that is not gone. */
static struct lq_event_slot *slot_in(const struct lq_event_window *window, uint32_t place,
                                     enum lq_event_state state)
{
    LQ_ASSERT(place < window->slot_max);
    LQ_ASSERT(window->slots[place].state == state);
    return &window->slots[place];
}

uint32_t lq_event_window_room(const struct lq_event_window *window)
{
    return window->slot_max - (uint32_t)(window->end - window->first);
}

/* The position follows what is gone. */
static void move_on(struct lq_event_window *window)
{
    while (window->first < window->end && slot_at(window, window->first)->state == LQ_EVENT_GONE) {
        window->position = slot_at(window, window->first)->sequence;
        window->first++;
    }
    if (lq_event_window_is_empty(window)) {
        window->position = window->newest;
    }
}

uint32_t lq_event_window_add(struct lq_event_window *window, uint64_t sequence)
{
    uint32_t place = (uint32_t)(window->end % window->slot_max);

    LQ_ASSERT(sequence > window->newest);
    LQ_ASSERT(lq_event_window_room(window) > 0);
    window->slots[place] = (struct lq_event_slot){.sequence = sequence, .state = LQ_EVENT_WAITING};
    window->newest = sequence;
    window->end++;
    window->waiting_count++;
    return place;
}

void lq_event_window_pass(struct lq_event_window *window, uint64_t sequence)
{
    LQ_ASSERT(sequence >= window->newest);
    window->newest = sequence;
    move_on(window);
}

void lq_event_window_ready(struct lq_event_window *window, uint32_t place, size_t bytes)
{
    struct lq_event_slot *slot = slot_in(window, place, LQ_EVENT_WAITING);

    slot->state = LQ_EVENT_READY;
    slot->bytes = bytes;
    window->waiting_count--;
    window->ready_count++;
}

void lq_event_window_drop(struct lq_event_window *window, uint32_t place)
{
    slot_in(window, place, LQ_EVENT_WAITING)->state = LQ_EVENT_GONE;
    window->waiting_count--;
    move_on(window);
}

bool lq_event_window_next_waiting(const struct lq_event_window *window, uint64_t *cursor,
                                  uint32_t *place)
{
    uint64_t number = *cursor > window->first ? *cursor : window->first;

    for (; number < window->end && window->waiting_count > 0; number++) {
        if (slot_at(window, number)->state == LQ_EVENT_WAITING) {
            *place = (uint32_t)(number % window->slot_max);
            *cursor = number + 1;
            return true;
        }
    }
    return false;
}

void lq_event_window_take(struct lq_event_window *window, size_t bytes_max, uint64_t now_ms,
                          struct lq_event_batch *batch)
{
    uint32_t left = window->ready_count;
    size_t bytes = 0;

    batch->count = 0;
    for (uint64_t number = window->first; left > 0 && number < window->end; number++) {
        struct lq_event_slot *slot = slot_at(window, number);
        if (slot->state != LQ_EVENT_READY) {
            continue;
        }
        left--;
        if (slot->due_ms > now_ms || (slot->is_alone && batch->count > 0)) {
            continue;
        }
        LQ_ASSERT(slot->bytes <= bytes_max);
        if (slot->bytes > bytes_max - bytes) {
            return; /* it begins the next one: their order stays */
        }
        bytes += slot->bytes;
        slot->state = LQ_EVENT_FLYING;
        window->ready_count--;
        batch->places[batch->count++] = (uint32_t)(number % window->slot_max);
        if (slot->is_alone || batch->count == LQ_EVENT_BATCH_MAX) {
            return;
        }
    }
}

void lq_event_window_settle(struct lq_event_window *window, uint32_t place, enum lq_event_fate fate,
                            uint64_t now_ms, uint64_t *random)
{
    struct lq_event_slot *slot = slot_in(window, place, LQ_EVENT_FLYING);

    if (fate == LQ_EVENT_LEFT || fate == LQ_EVENT_REFUSED) {
        slot->state = LQ_EVENT_GONE;
        move_on(window);
        return;
    }
    slot->state = LQ_EVENT_READY;
    slot->is_alone = slot->is_alone || fate == LQ_EVENT_ALONE;
    slot->attempts++;
    slot->due_ms =
        fate == LQ_EVENT_ALONE ? now_ms : now_ms + lq_retry_rule_backoff_ms(slot->attempts, random);
    window->ready_count++;
}

uint64_t lq_event_window_due_ms(const struct lq_event_window *window)
{
    uint64_t due_ms = UINT64_MAX;
    uint32_t left = window->ready_count;

    for (uint64_t number = window->first; left > 0 && number < window->end; number++) {
        const struct lq_event_slot *slot = slot_at(window, number);
        if (slot->state != LQ_EVENT_READY) {
            continue;
        }
        left--;
        due_ms = slot->due_ms < due_ms ? slot->due_ms : due_ms;
    }
    return due_ms;
}

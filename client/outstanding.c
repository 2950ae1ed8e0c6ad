// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/outstanding.h"

#include "base/alloc.h"

#include <stdlib.h>

void lq_outstanding_init(struct lq_outstanding *table, uint32_t slot_count)
{
    LQ_ASSERT(slot_count <= LQ_OUTSTANDING_SLOTS_MAX);
    *table = (struct lq_outstanding){
        .slot_count = slot_count,
        .free = LQ_OUTSTANDING_NONE,
    };
    if (slot_count == 0) {
        return;
    }
    table->slots = lq_alloc(slot_count, sizeof *table->slots);
    for (uint32_t index = slot_count; index > 0; index--) {
        table->slots[index - 1].next = table->free;
        table->slots[index - 1].generation = 1;
        table->free = index - 1;
    }
}

void lq_outstanding_release(struct lq_outstanding *table)
{
    for (uint32_t index = 0; index < table->slot_count; index++) {
        free(table->slots[index].long_body);
    }
    free(table->slots);
    *table = (struct lq_outstanding){.slots = NULL};
}

void lq_outstanding_list_init(struct lq_outstanding_list *list)
{
    *list = (struct lq_outstanding_list){
        .first = LQ_OUTSTANDING_NONE,
        .last = LQ_OUTSTANDING_NONE,
        .unsent = LQ_OUTSTANDING_NONE,
    };
}

static void keep_body(struct lq_outstanding_slot *slot, struct lq_view body)
{
    uint8_t *to = slot->short_body;

    slot->body_bytes = (uint32_t)body.bytes;
    if (body.bytes > sizeof slot->short_body) {
        slot->long_body = lq_alloc(body.bytes, 1);
        to = slot->long_body;
    }
    if (body.bytes > 0) {
        memcpy(to, body.data, body.bytes);
    }
}

static void append(struct lq_outstanding *table, struct lq_outstanding_list *list, uint32_t index)
{
    table->slots[index].previous = list->last;
    table->slots[index].next = LQ_OUTSTANDING_NONE;
    if (list->last == LQ_OUTSTANDING_NONE) {
        list->first = index;
    } else {
        table->slots[list->last].next = index;
    }
    list->last = index;
    if (list->unsent == LQ_OUTSTANDING_NONE) {
        list->unsent = index;
    }
    list->count++;
    table->count++;
}

uint32_t lq_outstanding_add(struct lq_outstanding *table, struct lq_outstanding_list *list,
                            const struct lq_outstanding_command *command, uint64_t now_ns)
{
    uint32_t index = table->free;

    if (index == LQ_OUTSTANDING_NONE) {
        return index;
    }
    struct lq_outstanding_slot *slot = &table->slots[index];
    table->free = slot->next;
    slot->client = command->client;
    slot->sequence = command->sequence;
    slot->submitted_ns = now_ns;
    slot->context = command->context;
    slot->session = command->session;
    slot->sent_count = 0;
    slot->sent_round = 0;
    slot->sent_mark = 0;
    slot->is_old = false;
    slot->sent_before = command->sent_before;
    slot->order = ++table->order;
    keep_body(slot, command->body);
    append(table, list, index);
    return index;
}

uint64_t lq_outstanding_tag(const struct lq_outstanding *table, uint32_t index, uint32_t round)
{
    LQ_ASSERT(index < table->slot_count);
    LQ_ASSERT(round >> (32 - LQ_OUTSTANDING_INDEX_BITS) == 0);
    return (uint64_t)table->slots[index].generation << 32 | round << LQ_OUTSTANDING_INDEX_BITS |
           index;
}

uint32_t lq_outstanding_round(uint64_t tag)
{
    return (uint32_t)tag >> LQ_OUTSTANDING_INDEX_BITS;
}

uint32_t lq_outstanding_find(const struct lq_outstanding *table, uint64_t tag)
{
    uint32_t index = (uint32_t)tag & (LQ_OUTSTANDING_SLOTS_MAX - 1);

    if (index >= table->slot_count || table->slots[index].generation != tag >> 32) {
        return LQ_OUTSTANDING_NONE;
    }
    return index;
}

struct lq_view lq_outstanding_body(const struct lq_outstanding *table, uint32_t index)
{
    LQ_ASSERT(index < table->slot_count);
    const struct lq_outstanding_slot *slot = &table->slots[index];
    return lq_view_of(slot->long_body != NULL ? slot->long_body : slot->short_body,
                      slot->body_bytes);
}

uint32_t lq_outstanding_copies(const struct lq_outstanding *table, uint32_t index)
{
    LQ_ASSERT(index < table->slot_count);
    return table->slots[index].sent_count + table->slots[index].sent_before;
}

bool lq_outstanding_mark_sent(struct lq_outstanding *table, struct lq_outstanding_list *list,
                              uint32_t round, uint64_t mark)
{
    LQ_ASSERT(list->unsent != LQ_OUTSTANDING_NONE);
    struct lq_outstanding_slot *slot = &table->slots[list->unsent];
    slot->sent_count++;
    slot->sent_round = round + 1;
    slot->sent_mark = mark;
    list->unsent = slot->next;
    return slot->sent_count > 1;
}

void lq_outstanding_rewind(struct lq_outstanding_list *list)
{
    list->unsent = list->first;
}

/* Said twice, it counts once. */
void lq_outstanding_mark_refused(struct lq_outstanding *table, uint32_t index, uint32_t round)
{
    LQ_ASSERT(index < table->slot_count);
    struct lq_outstanding_slot *slot = &table->slots[index];

    if (slot->sent_round == round + 1) {
        LQ_ASSERT(slot->sent_count > 0);
        slot->sent_count--;
        slot->sent_round = 0;
    }
}

bool lq_outstanding_in_order(const struct lq_outstanding *table, uint32_t first, uint32_t last)
{
    LQ_ASSERT(first < table->slot_count);
    LQ_ASSERT(last < table->slot_count);
    return table->slots[first].client == table->slots[last].client &&
           table->slots[first].order <= table->slots[last].order;
}

void lq_outstanding_rewind_to(const struct lq_outstanding *table, struct lq_outstanding_list *list,
                              uint32_t index)
{
    if (list->unsent == LQ_OUTSTANDING_NONE ||
        lq_outstanding_in_order(table, index, list->unsent)) {
        list->unsent = index;
    }
}

/* What lies before `unsent` was sent, each in a message not before that of the slot before it. */
void lq_outstanding_rewind_behind(const struct lq_outstanding *table,
                                  struct lq_outstanding_list *list, uint64_t mark)
{
    uint32_t index =
        list->unsent == LQ_OUTSTANDING_NONE ? list->last : table->slots[list->unsent].previous;

    while (index != LQ_OUTSTANDING_NONE && table->slots[index].sent_mark > mark) {
        list->unsent = index;
        index = table->slots[index].previous;
    }
}

static void unlink_slot(struct lq_outstanding *table, struct lq_outstanding_list *list,
                        uint32_t index)
{
    const struct lq_outstanding_slot *slot = &table->slots[index];

    if (list->unsent == index) {
        list->unsent = slot->next;
    }
    if (slot->previous == LQ_OUTSTANDING_NONE) {
        list->first = slot->next;
    } else {
        table->slots[slot->previous].next = slot->next;
    }
    if (slot->next == LQ_OUTSTANDING_NONE) {
        list->last = slot->previous;
    } else {
        table->slots[slot->next].previous = slot->previous;
    }
    list->count--;
}

void lq_outstanding_remove(struct lq_outstanding *table, struct lq_outstanding_list *list,
                           uint32_t index)
{
    LQ_ASSERT(index < table->slot_count);
    LQ_ASSERT(list->count > 0);
    struct lq_outstanding_slot *slot = &table->slots[index];

    unlink_slot(table, list, index);
    free(slot->long_body);
    slot->long_body = NULL;
    slot->client = NULL;
    /* generation 0 never names a command: a tag of 0 from the wire finds nothing */
    slot->generation = slot->generation == UINT32_MAX ? 1 : slot->generation + 1;
    slot->next = table->free;
    table->free = index;
    table->count--;
}

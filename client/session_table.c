// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/session_table.h"

#include "base/alloc.h"

#include <stdlib.h>

enum { FEW_ROWS = 8 }; /* so many are looked through */

void lq_session_table_init(struct lq_session_table *table, uint32_t row_count_max)
{
    *table = (struct lq_session_table){.row_count_max = row_count_max};
    if (row_count_max == 0) {
        return;
    }
    table->rows = lq_alloc(row_count_max, sizeof *table->rows);
    if (row_count_max <= FEW_ROWS) {
        return;
    }
    uint32_t slot_count = 2 * FEW_ROWS;
    while (slot_count < row_count_max * UINT64_C(2)) {
        slot_count *= 2;
    }
    table->slots = lq_alloc(slot_count, sizeof *table->slots);
    table->slot_mask = slot_count - 1;
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        table->slots[slot] = LQ_SESSION_TABLE_NONE;
    }
}

void lq_session_table_release(struct lq_session_table *table)
{
    for (uint32_t row = 0; row < table->row_count; row++) {
        free(table->rows[row].name);
    }
    free(table->rows);
    free(table->slots);
    *table = (struct lq_session_table){.rows = NULL};
}

/* FNV-1a: names come from this process, not from a stranger. */
static uint32_t hash_name(const char *name)
{
    uint32_t hash = UINT32_C(2166136261);

    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * UINT32_C(16777619);
    }
    return hash;
}

/* The slot that has this name or would get it. */
static uint32_t find_slot(const struct lq_session_table *table, const char *name)
{
    uint32_t slot = hash_name(name) & table->slot_mask;

    while (table->slots[slot] != LQ_SESSION_TABLE_NONE &&
           strcmp(table->rows[table->slots[slot]].name, name) != 0) {
        slot = (slot + 1) & table->slot_mask;
    }
    return slot;
}

static uint32_t find_row(const struct lq_session_table *table, const char *name)
{
    if (table->slots != NULL) {
        return table->slots[find_slot(table, name)];
    }
    for (uint32_t row = 0; row < table->row_count; row++) {
        if (strcmp(table->rows[row].name, name) == 0) {
            return row;
        }
    }
    return LQ_SESSION_TABLE_NONE;
}

enum lq_result lq_session_table_handle(struct lq_session_table *table, const char *name,
                                       uint64_t next_sequence, uint32_t *handle)
{
    LQ_ASSERT(next_sequence > 0);
    uint32_t row = find_row(table, name);
    if (row != LQ_SESSION_TABLE_NONE) {
        *handle = row;
        return LQ_OK;
    }
    if (table->row_count == table->row_count_max) {
        return LQ_ERR_FULL;
    }
    *handle = table->row_count++;
    if (table->slots != NULL) {
        table->slots[find_slot(table, name)] = *handle;
    }
    table->rows[*handle] = (struct lq_session_row){.name = lq_text_copy(name),
                                                   .name_bytes = (uint32_t)strlen(name),
                                                   .numbers = {.next = next_sequence}};
    return LQ_OK;
}

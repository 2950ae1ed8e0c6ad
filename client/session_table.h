// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_table.h - the sessions a client writes to: names to handles, handles to numbers. Names
 * are hashed when a handle is made, never when a command goes out. Not part of the library's
 * interface. */
#ifndef LQ_SESSION_TABLE_H
#define LQ_SESSION_TABLE_H

#include "client/session_numbers.h"

#define LQ_SESSION_TABLE_NONE UINT32_MAX

struct lq_session_row {
    char *name;
    uint32_t name_bytes;
    struct lq_session_numbers numbers;
};

struct lq_session_table {
    struct lq_session_row *rows;
    uint32_t row_count, row_count_max;
    uint32_t *slots; /* open addressing: a handle, or LQ_SESSION_TABLE_NONE; NULL: few rows */
    uint32_t slot_mask;
};

void lq_session_table_init(struct lq_session_table *table, uint32_t row_count_max);
void lq_session_table_release(struct lq_session_table *table);

/* The handle of `name`, made if it has none: then its numbers start at `next_sequence`.
 * LQ_ERR_FULL. */
LQ_MUST_CHECK enum lq_result lq_session_table_handle(struct lq_session_table *table,
                                                     const char *name, uint64_t next_sequence,
                                                     uint32_t *handle);

#endif

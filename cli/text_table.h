// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* text_table.h - a table for people. */
#ifndef LQ_TEXT_TABLE_H
#define LQ_TEXT_TABLE_H

#include "base/contract.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A table whose columns are as wide as their widest cell. The first row is the heading; a column
 * whose heading begins with '>' is set right. */
struct lq_text_table {
    uint32_t column_count;
    uint32_t cell_count;
    uint32_t cell_count_max;
    char **cells;
};
#define LQ_TEXT_TABLE_COLUMNS_MAX 16u
void lq_text_table_add(struct lq_text_table *table, const char *format, ...) LQ_PRINTF(2, 3);
void lq_text_table_print(struct lq_text_table *table, FILE *to); /* and clears it */
void lq_text_table_clear(struct lq_text_table *table);

#endif

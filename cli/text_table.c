// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/text_table.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_BYTES_MAX = 256 };

void lq_text_table_add(struct lq_text_table *table, const char *format, ...)
{
    char cell[CELL_BYTES_MAX];
    va_list arguments;

    LQ_ASSERT(table->column_count > 0);
    LQ_ASSERT(table->column_count <= LQ_TEXT_TABLE_COLUMNS_MAX);
    va_start(arguments, format);
    vsnprintf(cell, sizeof cell, format, arguments);
    va_end(arguments);
    if (table->cell_count == table->cell_count_max) {
        table->cell_count_max = table->cell_count_max * 2 + 64;
        table->cells = lq_realloc(table->cells, table->cell_count_max, sizeof *table->cells);
    }
    table->cells[table->cell_count++] = lq_text_copy(cell);
}

void lq_text_table_clear(struct lq_text_table *table)
{
    for (uint32_t cell = 0; cell < table->cell_count; cell++) {
        free(table->cells[cell]);
    }
    free(table->cells);
    *table = (struct lq_text_table){.column_count = table->column_count};
}

static const char *heading_text(const char *heading)
{
    return heading + (heading[0] == '>');
}

static void print_row(const struct lq_text_table *table, uint32_t row, const int *widths, FILE *to)
{
    for (uint32_t column = 0; column < table->column_count; column++) {
        const char *cell = table->cells[row * table->column_count + column];
        bool right = table->cells[column][0] == '>';
        bool last = column + 1 == table->column_count;
        cell = row == 0 ? heading_text(cell) : cell;
        fprintf(to, "%*s%s",
                right  ? widths[column]
                : last ? 0
                       : -widths[column],
                cell, last ? "\n" : "  ");
    }
}

void lq_text_table_print(struct lq_text_table *table, FILE *to)
{
    int widths[LQ_TEXT_TABLE_COLUMNS_MAX] = {0};
    uint32_t row_count = table->cell_count / table->column_count;

    LQ_ASSERT(table->cell_count % table->column_count == 0);
    for (uint32_t cell = 0; cell < table->cell_count; cell++) {
        const char *text = table->cells[cell];
        int width = (int)strlen(cell < table->column_count ? heading_text(text) : text);
        uint32_t column = cell % table->column_count;
        widths[column] = width > widths[column] ? width : widths[column];
    }
    for (uint32_t row = 0; row < row_count; row++) {
        print_row(table, row, widths, to);
    }
    lq_text_table_clear(table);
}

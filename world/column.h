// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* column.h - columns that are written short: up to the entry from which on all rows are alike.
 * Resting bodies, and those without an agent, are most of a world and cost next to nothing so.
 * Pure. */
#ifndef LQ_COLUMN_H
#define LQ_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether entry `row` of a column is the same, bit by bit, as the one before it. */
static inline bool lq_column_alike(const void *column, size_t row, size_t width)
{
    const uint8_t *entry = (const uint8_t *)column + row * width;

    switch (width) { /* so that each comparison is one instruction */
    case 2:
        return memcmp(entry, entry - 2, 2) == 0;
    case 4:
        return memcmp(entry, entry - 4, 4) == 0;
    case 8:
        return memcmp(entry, entry - 8, 8) == 0;
    default:
        return memcmp(entry, entry - width, width) == 0;
    }
}

/* How many of `rows` entries it takes; 0 only without rows. */
static inline size_t lq_column_shorten(const void *column, size_t rows, size_t width)
{
    while (rows > 1 && lq_column_alike(column, rows - 1, width)) {
        rows--;
    }
    return rows;
}

/* The way back: the last of `written` entries (at least 1) for all rows after it. */
static inline void lq_column_fill(void *column, size_t written, size_t rows, size_t width)
{
    uint8_t *last = (uint8_t *)column + (written - 1) * width;
    size_t left = rows - written;

    for (size_t copied = 1; left > 0; copied *= 2) {
        size_t more = left < copied ? left : copied;

        memcpy(last + copied * width, last, more * width);
        left -= more;
    }
}

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* column_delta.h - one changed column of a delta: which rows, and by how much.
 *
 *     u8 header    bits 0, 1: against 0 what was, 1 the prediction, 2 the prediction by the new
 *                             rate, 3 nothing: a short column follows
 *                  bit 2:     differences are 0 XOR, 1 folded differences
 *                  bit 3:     numbers are 0 in planes, 1 with a length each
 *                  bits 4, 5: rows are 0 all, 1 a bitmap, 2 a list, 3 those of the column before
 *     rows         a bitmap: a bit a row; a list: varint count, then varints: rows left out since
 *     planes       u8 map of the bytes that some number has; of each of those the byte of all
 *                  numbers, then of the next
 *     lengths      4 bits a number, the first in the lower half of its byte; then their bytes
 *     short column varint entries (0 without rows); those: the last stands for all rows behind it
 *
 * Rows that are not told are as predicted against. Which form, reference and difference are
 * shortest the encoder finds by trying them. Pure. */
#ifndef LQ_COLUMN_DELTA_H
#define LQ_COLUMN_DELTA_H

#include "world/column_prediction.h"
#include "world/delta_stream.h"

enum lq_column_delta_reference {
    LQ_COLUMN_DELTA_BEFORE,
    LQ_COLUMN_DELTA_PREDICTED,
    LQ_COLUMN_DELTA_BY_RATE,
    LQ_COLUMN_DELTA_SHORT,
    LQ_COLUMN_DELTA_REFERENCES = LQ_COLUMN_DELTA_SHORT
};

#define LQ_COLUMN_DELTA_DIFFERENCE (1u << 2)
#define LQ_COLUMN_DELTA_LENGTHS (1u << 3)
#define LQ_COLUMN_DELTA_ROWS_SHIFT 4u

enum lq_column_delta_rows {
    LQ_COLUMN_DELTA_ALL,
    LQ_COLUMN_DELTA_BITMAP,
    LQ_COLUMN_DELTA_LIST,
    LQ_COLUMN_DELTA_AS_BEFORE
};

/* The rows that the column before told, in one table. */
struct lq_column_delta_told {
    bool any; /* false: there was no such column yet */
    uint32_t count;
    uint16_t rows[LQ_BODIES_MAX];
    uint8_t is_told[LQ_BODIES_MAX];
};

struct lq_column_delta {
    uint32_t rows;
    size_t width;                /* bytes of an entry: 1, 2, 4 or 8 */
    uint64_t now[LQ_BODIES_MAX]; /* bits */
    uint64_t references[LQ_COLUMN_DELTA_REFERENCES][LQ_BODIES_MAX];
    bool has_reference[LQ_COLUMN_DELTA_REFERENCES]; /* whether it is to be tried, or may be named */
    uint64_t differences[LQ_BODIES_MAX];            /* working memory */
    struct lq_column_delta_told told;
};

_Static_assert(LQ_AGENTS_MAX <= LQ_BODIES_MAX && LQ_PLAYERS_MAX <= LQ_BODIES_MAX, "rows fit");

/* Write `now` against the one of the references that are there by which it is shortest. At most
 * what the short column takes, and a byte. */
void lq_column_delta_put(struct lq_column_delta *delta, struct lq_delta_out *out);

/* Read a header: its bits, or 0 with a fault. The reference it names is to be there when the rest
 * is read into `now`. */
uint8_t lq_column_delta_take_header(struct lq_delta_in *in, const char *name);
void lq_column_delta_take(struct lq_column_delta *delta, uint8_t header, struct lq_delta_in *in,
                          const char *name);

/* A table begins: no column of it was told yet. */
void lq_column_delta_begin(struct lq_column_delta *delta, uint32_t rows);

#endif

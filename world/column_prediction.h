// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* column_prediction.h - what a column is expected to be after a tick: bodies that nothing touches
 * drift by their velocity, velocities by their thrust, angles turn by their spin.
 *
 * Frozen: deltas are against it, bit by bit. It is the arithmetic of physics 1 and 2 without walls
 * and contacts, and stays as it is whatever physics does; another one is another delta version.
 * The caller is in the strict float mode (world/float_mode.h). Pure. */
#ifndef LQ_COLUMN_PREDICTION_H
#define LQ_COLUMN_PREDICTION_H

#include "world/column_table.h"

#include <string.h>

/* Ticks of more steps are not predicted: each row would cost as many rounds. */
#define LQ_COLUMN_PREDICTION_STEPS_MAX 16u

#define LQ_COLUMN_PREDICTION_NEW UINT16_MAX

/* Which rows: row i is row from[i] of the world before, or LQ_COLUMN_PREDICTION_NEW. */
struct lq_column_prediction {
    const struct lq_world *before;
    const uint16_t *from;
    uint32_t rows;
    uint32_t steps;
    double step_seconds;
};

/* The bits of what `column` is expected to be, by what was before alone. New rows are 0. Of a
 * column whose predictor is SAME, and beyond the steps, what it was. */
void lq_column_prediction_fill(const struct lq_column_prediction *prediction,
                               const struct lq_column_row *column, uint64_t *bits);

/* The same by the rate that `after` already has, taken as it was all the time. */
void lq_column_prediction_fill_by(const struct lq_column_prediction *prediction,
                                  const struct lq_column_row *column, const struct lq_world *after,
                                  uint64_t *bits);

/* Whether the two above say more than this: what the column was. */
bool lq_column_prediction_applies(const struct lq_column_prediction *prediction,
                                  const struct lq_column_row *column);
void lq_column_prediction_before(const struct lq_column_prediction *prediction,
                                 const struct lq_column_row *column, uint64_t *bits);

/* The bits of entry `row` of a column whose entries have `width` bytes: 1, 2, 4 or 8. */
static inline uint64_t lq_column_prediction_bits(const uint8_t *column, size_t row, size_t width)
{
    const uint8_t *entry = column + row * width;
    uint64_t wide;
    uint32_t narrow;
    uint16_t half;

    switch (width) {
    case 8:
        memcpy(&wide, entry, sizeof wide);
        return wide;
    case 4:
        memcpy(&narrow, entry, sizeof narrow);
        return narrow;
    case 2:
        memcpy(&half, entry, sizeof half);
        return half;
    default:
        return *entry;
    }
}

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/column_prediction.h"

#include "world/float_mode.h"

#include <math.h>
#include <string.h>

uint64_t lq_column_prediction_bits(const uint8_t *column, size_t row, size_t width)
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
        LQ_ASSERT(width == 1);
        return *entry;
    }
}

static double number_at(const struct lq_column_row *column, const struct lq_world *world,
                        uint32_t row)
{
    const uint8_t *entry = lq_column_table_at(column, world) + row * column->width;
    double wide;
    float narrow;

    if (column->width == sizeof wide) {
        memcpy(&wide, entry, sizeof wide);
        return wide;
    }
    memcpy(&narrow, entry, sizeof narrow);
    return (double)narrow;
}

/* What the column would have stored: in range, rounded to its type, no negative zero. */
static double stored(const struct lq_column_row *column, double value, double before)
{
    if (!isfinite(value)) {
        return before;
    }
    value = value > column->limit ? column->limit : value;
    value = value < -column->limit ? -column->limit : value;
    value += 0.0;
    return column->width == sizeof(double) ? value : (double)((float)value + 0.0f);
}

static uint64_t bits_of(const struct lq_column_row *column, double value)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;
    float rounded = (float)value;

    if (column->width == sizeof wide) {
        memcpy(&wide, &value, sizeof wide);
        return wide;
    }
    memcpy(&narrow, &rounded, sizeof narrow);
    return narrow;
}

/* Whole turns do not show: the fraction makes exact integers that wrap. */
static uint32_t turned(uint32_t angle, double turns)
{
    if (!isfinite(turns) || fabs(turns) >= 0x1p52) {
        return angle;
    }
    double fraction = turns - (double)(int64_t)turns;
    int64_t units = (int64_t)(fraction * 4294967296.0);

    return angle + (uint32_t)(uint64_t)units;
}

/* A rate that drifts itself is that of the step's end, before it is rounded. */
static uint64_t drifted(const struct lq_column_prediction *prediction,
                        const struct lq_column_row *column, uint32_t row)
{
    const struct lq_column_row *table = lq_column_table();
    const struct lq_column_row *rate = &table[column->rate];
    bool is_driven = rate->predictor == LQ_COLUMN_PREDICTOR_DRIFT;
    double value = number_at(column, prediction->before, row);
    double speed = number_at(rate, prediction->before, row);
    double push = is_driven ? number_at(&table[rate->rate], prediction->before, row) : 0.0;
    double dt = prediction->step_seconds;

    for (uint32_t step = 0; step < prediction->steps; step++) {
        double now = is_driven ? speed + push * dt : speed;

        value = stored(column, value + now * dt, value);
        speed = is_driven ? stored(rate, now, speed) : speed;
    }
    return bits_of(column, value);
}

static uint64_t predicted(const struct lq_column_prediction *prediction,
                          const struct lq_column_row *column, uint32_t row)
{
    const struct lq_column_row *rate = &lq_column_table()[column->rate];
    uint32_t angle;

    if (column->predictor == LQ_COLUMN_PREDICTOR_DRIFT) {
        return drifted(prediction, column, row);
    }
    angle = (uint32_t)lq_column_prediction_bits(lq_column_table_at(column, prediction->before), row,
                                                sizeof angle);
    for (uint32_t step = 0; step < prediction->steps; step++) {
        angle = turned(angle, number_at(rate, prediction->before, row) * prediction->step_seconds);
    }
    return angle;
}

static uint64_t predicted_by(const struct lq_column_prediction *prediction,
                             const struct lq_column_row *column, uint32_t row, double rate)
{
    double seconds = (double)prediction->steps * prediction->step_seconds;
    const uint8_t *before = lq_column_table_at(column, prediction->before);

    if (column->predictor == LQ_COLUMN_PREDICTOR_DRIFT) {
        double value = number_at(column, prediction->before, row);
        return bits_of(column, stored(column, value + rate * seconds, value));
    }
    return turned((uint32_t)lq_column_prediction_bits(before, row, sizeof(uint32_t)),
                  rate * seconds);
}

static bool is_predicted(const struct lq_column_prediction *prediction,
                         const struct lq_column_row *column)
{
    return column->predictor != LQ_COLUMN_PREDICTOR_SAME && prediction->steps > 0 &&
           prediction->steps <= LQ_COLUMN_PREDICTION_STEPS_MAX;
}

/* Not inlined: between the two changes of the float mode it must stay a call. */
static __attribute__((noinline)) void fill_strictly(const struct lq_column_prediction *prediction,
                                                    const struct lq_column_row *column,
                                                    const struct lq_world *after, uint64_t *bits)
{
    const uint8_t *before = lq_column_table_at(column, prediction->before);
    const struct lq_column_row *rate = &lq_column_table()[column->rate];
    bool moves = is_predicted(prediction, column);

    for (uint32_t row = 0; row < prediction->rows; row++) {
        uint32_t was = prediction->from[row];

        if (was == LQ_COLUMN_PREDICTION_NEW) {
            bits[row] = 0;
        } else if (!moves) {
            bits[row] = lq_column_prediction_bits(before, was, column->width);
        } else if (after == NULL) {
            bits[row] = predicted(prediction, column, was);
        } else {
            bits[row] = predicted_by(prediction, column, was, number_at(rate, after, row));
        }
    }
}

void lq_column_prediction_fill(const struct lq_column_prediction *prediction,
                               const struct lq_column_row *column, uint64_t *bits)
{
    uint64_t mode = lq_float_mode_enter();

    fill_strictly(prediction, column, NULL, bits);
    lq_float_mode_leave(mode);
}

void lq_column_prediction_fill_by(const struct lq_column_prediction *prediction,
                                  const struct lq_column_row *column, const struct lq_world *after,
                                  uint64_t *bits)
{
    uint64_t mode = lq_float_mode_enter();

    fill_strictly(prediction, column, after, bits);
    lq_float_mode_leave(mode);
}

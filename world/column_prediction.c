// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/column_prediction.h"

#include <math.h>
#include <string.h>

/* Inlined into loops in which width and rows are known: a column is a walk and not a call a row. */
#define LOOP inline __attribute__((always_inline))

static LOOP void gather(const struct lq_column_prediction *prediction, const uint8_t *column,
                        size_t width, uint64_t *bits)
{
    for (uint32_t row = 0; row < prediction->rows; row++) {
        uint32_t was = prediction->from[row];

        bits[row] =
            was == LQ_COLUMN_PREDICTION_NEW ? 0 : lq_column_prediction_bits(column, was, width);
    }
}

void lq_column_prediction_before(const struct lq_column_prediction *prediction,
                                 const struct lq_column_row *column, uint64_t *bits)
{
    const uint8_t *before = lq_column_table_at(column, prediction->before);

    switch (column->width) {
    case 8:
        gather(prediction, before, 8, bits);
        return;
    case 4:
        gather(prediction, before, 4, bits);
        return;
    default:
        gather(prediction, before, column->width, bits);
    }
}

static LOOP float float_at(const uint8_t *column, uint32_t row)
{
    float value;

    memcpy(&value, column + row * sizeof value, sizeof value);
    return value;
}

static LOOP double number_at(const uint8_t *column, uint32_t row, size_t width)
{
    double value;

    if (width != sizeof value) {
        return (double)float_at(column, row);
    }
    memcpy(&value, column + row * sizeof value, sizeof value);
    return value;
}

/* What a column stores of a finite number: in range, rounded to its type, no negative zero. */
static LOOP double stored(double value, double limit, size_t width)
{
    value = limit < value ? limit : value; /* an instruction each, in this order */
    value = -limit > value ? -limit : value;
    value += 0.0;
    return width == sizeof(double) ? value : (double)((float)value + 0.0f);
}

static LOOP uint64_t bits_of(double value, size_t width)
{
    uint64_t wide;
    uint32_t narrow;
    float rounded = (float)value;

    memcpy(&wide, &value, sizeof wide);
    memcpy(&narrow, &rounded, sizeof narrow);
    return width == sizeof wide ? wide : narrow;
}

/* Whole turns do not show: the fraction makes exact integers that wrap. */
static LOOP uint32_t turned(uint32_t angle, double turns)
{
    if (!(turns > -0x1p52 && turns < 0x1p52)) {
        return angle;
    }
    double fraction = turns - (double)(int64_t)turns;
    int64_t units = (int64_t)(fraction * 4294967296.0);

    return angle + (uint32_t)(uint64_t)units;
}

/* The columns that a drift is made of; `pushes` is NULL where the rate does not drift itself. */
struct drift {
    const uint8_t *values, *speeds, *pushes;
    double limit, speed_limit;
};

static struct drift drift_of(const struct lq_column_row *column, const struct lq_world *world)
{
    const struct lq_column_row *table = lq_column_table();
    const struct lq_column_row *rate = &table[column->rate];
    bool is_driven = rate->predictor == LQ_COLUMN_PREDICTOR_DRIFT;

    return (struct drift){
        .values = lq_column_table_at(column, world),
        .speeds = lq_column_table_at(rate, world),
        .pushes = is_driven ? lq_column_table_at(&table[rate->rate], world) : NULL,
        .limit = column->limit,
        .speed_limit = rate->limit,
    };
}

/* A rate that drifts itself is that of the step's end, before it is rounded. */
static LOOP void fill_drift(const struct lq_column_prediction *prediction,
                            const struct drift *drift, size_t width, uint64_t *bits)
{
    double dt = prediction->step_seconds;

    for (uint32_t row = 0; row < prediction->rows; row++) {
        uint32_t was = prediction->from[row];

        if (was == LQ_COLUMN_PREDICTION_NEW) {
            bits[row] = 0;
            continue;
        }
        double value = number_at(drift->values, was, width);
        double speed = (double)float_at(drift->speeds, was);
        double push = drift->pushes == NULL ? 0.0 : (double)float_at(drift->pushes, was);

        for (uint32_t step = 1; step < prediction->steps; step++) {
            double now = speed + push * dt;

            value = stored(value + now * dt, drift->limit, width);
            speed = stored(now, drift->speed_limit, sizeof(float));
        }
        value = stored(value + (speed + push * dt) * dt, drift->limit, width);
        bits[row] = bits_of(value, width);
    }
}

/* `after` has hostile numbers, perhaps: what is not finite stays as it was. */
static LOOP void fill_drift_by(const struct lq_column_prediction *prediction,
                               const struct drift *drift, const uint8_t *speeds, size_t width,
                               uint64_t *bits)
{
    double seconds = (double)prediction->steps * prediction->step_seconds;

    for (uint32_t row = 0; row < prediction->rows; row++) {
        uint32_t was = prediction->from[row];

        if (was == LQ_COLUMN_PREDICTION_NEW) {
            bits[row] = 0;
            continue;
        }
        double value = number_at(drift->values, was, width);
        double next = value + (double)float_at(speeds, row) * seconds;

        bits[row] = bits_of(stored(isfinite(next) ? next : value, drift->limit, width), width);
    }
}

static void fill_turn(const struct lq_column_prediction *prediction,
                      const struct lq_column_row *column, uint64_t *bits)
{
    const uint8_t *angles = lq_column_table_at(column, prediction->before);
    const uint8_t *spins = lq_column_table_at(&lq_column_table()[column->rate], prediction->before);

    for (uint32_t row = 0; row < prediction->rows; row++) {
        uint32_t was = prediction->from[row];

        if (was == LQ_COLUMN_PREDICTION_NEW) {
            bits[row] = 0;
            continue;
        }
        uint32_t angle = (uint32_t)lq_column_prediction_bits(angles, was, sizeof angle);
        double turns = (double)float_at(spins, was) * prediction->step_seconds;

        for (uint32_t step = 0; turns != 0.0 && step < prediction->steps; step++) {
            angle = turned(angle, turns);
        }
        bits[row] = angle;
    }
}

static void fill_turn_by(const struct lq_column_prediction *prediction,
                         const struct lq_column_row *column, const uint8_t *spins, uint64_t *bits)
{
    const uint8_t *angles = lq_column_table_at(column, prediction->before);
    double seconds = (double)prediction->steps * prediction->step_seconds;

    for (uint32_t row = 0; row < prediction->rows; row++) {
        uint32_t was = prediction->from[row];

        bits[row] = was == LQ_COLUMN_PREDICTION_NEW
                        ? 0
                        : turned((uint32_t)lq_column_prediction_bits(angles, was, sizeof(uint32_t)),
                                 (double)float_at(spins, row) * seconds);
    }
}

bool lq_column_prediction_applies(const struct lq_column_prediction *prediction,
                                  const struct lq_column_row *column)
{
    return column->predictor != LQ_COLUMN_PREDICTOR_SAME && prediction->steps > 0 &&
           prediction->steps <= LQ_COLUMN_PREDICTION_STEPS_MAX;
}

void lq_column_prediction_fill(const struct lq_column_prediction *prediction,
                               const struct lq_column_row *column, uint64_t *bits)
{
    if (!lq_column_prediction_applies(prediction, column)) {
        lq_column_prediction_before(prediction, column, bits);
        return;
    }
    if (column->predictor == LQ_COLUMN_PREDICTOR_TURN) {
        fill_turn(prediction, column, bits);
        return;
    }
    struct drift drift = drift_of(column, prediction->before);
    if (column->width == sizeof(double)) {
        fill_drift(prediction, &drift, sizeof(double), bits);
    } else {
        fill_drift(prediction, &drift, sizeof(float), bits);
    }
}

void lq_column_prediction_fill_by(const struct lq_column_prediction *prediction,
                                  const struct lq_column_row *column, const struct lq_world *after,
                                  uint64_t *bits)
{
    const uint8_t *rates = lq_column_table_at(&lq_column_table()[column->rate], after);

    if (!lq_column_prediction_applies(prediction, column)) {
        lq_column_prediction_before(prediction, column, bits);
        return;
    }
    if (column->predictor == LQ_COLUMN_PREDICTOR_TURN) {
        fill_turn_by(prediction, column, rates, bits);
        return;
    }
    struct drift drift = drift_of(column, prediction->before);
    if (column->width == sizeof(double)) {
        fill_drift_by(prediction, &drift, rates, sizeof(double), bits);
    } else {
        fill_drift_by(prediction, &drift, rates, sizeof(float), bits);
    }
}

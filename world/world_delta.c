// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/world_delta.h"

#include "world/column_prediction.h"
#include "world/float_mode.h"
#include "world/row_delta.h"

_Static_assert(LQ_ROW_DELTA_NEW == LQ_COLUMN_PREDICTION_NEW,
               "rows that came are told as one thing");

#define MAP_BYTES 3u

/* Rows by which a reference is found to be worth trying. */
#define ROWS_TRIED 6u

_Static_assert(LQ_COLUMN_INDEX_COUNT <= MAP_BYTES * 8, "a bit a column");

/* A table of the world: its key column, the last of its columns, and rows. */
struct table {
    enum lq_column_index key, last;
    uint32_t rows_max;
};

enum { BODIES, TABLES = 3 };

static const struct table tables[TABLES] = {
    {LQ_COLUMN_INDEX_body_id, LQ_COLUMN_INDEX_agent_body - 1, LQ_BODIES_MAX},
    {LQ_COLUMN_INDEX_agent_body, LQ_COLUMN_INDEX_player_client - 1, LQ_AGENTS_MAX},
    {LQ_COLUMN_INDEX_player_client, LQ_COLUMN_INDEX_tenant_bytes - 1, LQ_PLAYERS_MAX},
};

static uint32_t rows_of(const struct lq_world *world, uint32_t which)
{
    const uint32_t counts[TABLES] = {world->body_count, world->agent_count, world->player_count};

    return counts[which];
}

static void set_rows(struct lq_world *world, uint32_t which, uint32_t rows)
{
    uint32_t *counts[TABLES] = {&world->body_count, &world->agent_count, &world->player_count};

    *counts[which] = rows;
}

static struct lq_row_keys keys_of(const struct lq_world *world, uint32_t which)
{
    const struct lq_column_row *key = &lq_column_table()[tables[which].key];

    return (struct lq_row_keys){lq_column_table_at(key, world), rows_of(world, which), key->width};
}

/* What both directions know of the table that they are at. */
struct pass {
    struct lq_column_prediction prediction;
    const struct lq_world *after;
    struct lq_column_delta *column;
    bool same_rows;
    bool same_bodies; /* of a table behind the bodies: none came or went */
};

static struct pass begin_table(const struct lq_world *before, const struct lq_world *after,
                               uint32_t which, struct lq_world_delta_clock clock,
                               struct lq_world_delta_scratch *scratch)
{
    struct lq_row_keys was = keys_of(before, which);
    struct lq_row_keys is = keys_of(after, which);
    struct pass pass = {
        .prediction = {before, scratch->from, is.count, clock.steps, clock.step_seconds},
        .after = after,
        .column = &scratch->column,
        .same_rows = lq_row_delta_match(&was, &is, scratch->from),
    };

    lq_column_delta_begin(pass.column, is.count);
    return pass;
}

/* The row of a body, from 1; 0: it is not there. */
static uint64_t row_of(const struct lq_world *world, uint32_t body_id)
{
    uint32_t row = body_id == 0 ? LQ_BODY_NONE : lq_world_find_body(world, body_id);

    return row == LQ_BODY_NONE ? 0 : row + 1;
}

/* Ids of bodies become rows of the bodies that there are now. */
static void make_body_rows(const struct pass *pass, const struct lq_column_row *column,
                           uint64_t *bits)
{
    for (uint32_t row = 0; column->is_body_rows && row < pass->prediction.rows; row++) {
        bits[row] = row_of(pass->after, (uint32_t)bits[row]);
    }
}

static const uint64_t *fill_reference(const struct pass *pass, const struct lq_column_row *column,
                                      enum lq_column_delta_reference which)
{
    uint64_t *bits = pass->column->references[which];

    if (which == LQ_COLUMN_DELTA_BEFORE) {
        lq_column_prediction_before(&pass->prediction, column, bits);
        make_body_rows(pass, column, bits);
    } else if (which == LQ_COLUMN_DELTA_PREDICTED) {
        lq_column_prediction_fill(&pass->prediction, column, bits);
    } else {
        lq_column_prediction_fill_by(&pass->prediction, column, pass->after, bits);
    }
    return bits;
}

/* Which references a column has; the result is the one that it is against without a bit. */
static enum lq_column_delta_reference begin_column(const struct pass *pass,
                                                   const struct lq_column_row *column)
{
    struct lq_column_delta *delta = pass->column;
    bool predicted = lq_column_prediction_applies(&pass->prediction, column);

    delta->width = column->is_body_rows ? sizeof(uint16_t) : column->width;
    delta->has_reference[LQ_COLUMN_DELTA_BEFORE] = true;
    delta->has_reference[LQ_COLUMN_DELTA_PREDICTED] = predicted;
    delta->has_reference[LQ_COLUMN_DELTA_BY_RATE] = predicted;
    return predicted ? LQ_COLUMN_DELTA_PREDICTED : LQ_COLUMN_DELTA_BEFORE;
}

/* ---- writing ---- */

/* At rest, and in the same rows: nothing has to be looked at by row. Targets are ids here: the same
 * ones are the same bodies. */
static bool is_untouched(const struct pass *pass, const struct lq_column_row *column)
{
    return pass->same_rows && !lq_column_prediction_applies(&pass->prediction, column) &&
           memcmp(lq_column_table_at(column, pass->prediction.before),
                  lq_column_table_at(column, pass->after),
                  pass->prediction.rows * column->width) == 0;
}

static uint32_t count_changes(const struct lq_column_delta *delta, uint32_t rows,
                              enum lq_column_delta_reference which)
{
    uint32_t count = 0;

    for (uint32_t row = 0; row < rows; row++) {
        count += delta->now[row] != delta->references[which][row];
    }
    return count;
}

/* A few rows say whether bodies move as predicted: then what was is right of none of them; and
 * whether by their new rate as well: it is not where they are pushed. */
static void try_other_references(const struct pass *pass, const struct lq_column_row *column)
{
    struct lq_column_delta *delta = pass->column;
    struct pass few = *pass;
    uint32_t rows = delta->rows < ROWS_TRIED ? delta->rows : ROWS_TRIED;
    uint32_t predicted = count_changes(delta, rows, LQ_COLUMN_DELTA_PREDICTED);

    few.prediction.rows = rows;
    for (enum lq_column_delta_reference which = LQ_COLUMN_DELTA_BEFORE;
         which < LQ_COLUMN_DELTA_REFERENCES; which++) {
        if (which != LQ_COLUMN_DELTA_PREDICTED) {
            (void)fill_reference(&few, column, which);
            delta->has_reference[which] = count_changes(delta, rows, which) <= predicted;
            if (delta->has_reference[which] && rows < delta->rows) {
                (void)fill_reference(pass, column, which);
            }
        }
    }
}

static void load_numbers(const struct lq_column_row *column, const struct lq_world *world,
                         uint64_t *bits, uint32_t rows)
{
    const uint8_t *from = lq_column_table_at(column, world);

    if (column->width == sizeof(uint64_t)) {
        memcpy(bits, from, rows * sizeof(uint64_t));
        return;
    }
    for (uint32_t row = 0; row < rows; row++) {
        bits[row] = column->width == sizeof(uint32_t)
                        ? lq_column_prediction_bits(from, row, sizeof(uint32_t))
                        : from[row];
    }
}

static bool put_column(struct lq_delta_out *out, const struct pass *pass,
                       const struct lq_column_row *column)
{
    struct lq_column_delta *delta = pass->column;

    if (is_untouched(pass, column)) {
        return false;
    }
    enum lq_column_delta_reference which = begin_column(pass, column);
    const uint64_t *expected = fill_reference(pass, column, which);
    load_numbers(column, pass->after, delta->now, delta->rows);
    make_body_rows(pass, column, delta->now);
    if (memcmp(delta->now, expected, delta->rows * sizeof expected[0]) == 0) {
        return false;
    }
    if (which == LQ_COLUMN_DELTA_PREDICTED) {
        try_other_references(pass, column);
    }
    lq_column_delta_put(delta, out);
    return true;
}

static bool put_tenant_bytes(struct lq_delta_out *out, const struct lq_world *before,
                             const struct lq_world *after)
{
    uint32_t was = before->tenant_bytes_count;
    uint32_t is = after->tenant_bytes_count;
    uint32_t shorter = was < is ? was : is;
    uint32_t front = 0;
    uint32_t end = 0;

    if (was == is && memcmp(before->tenant_bytes, after->tenant_bytes, is) == 0) {
        return false;
    }
    while (front < shorter && before->tenant_bytes[front] == after->tenant_bytes[front]) {
        front++;
    }
    while (end < shorter - front &&
           before->tenant_bytes[was - 1 - end] == after->tenant_bytes[is - 1 - end]) {
        end++;
    }
    lq_delta_stream_put_varint(out, front);
    lq_delta_stream_put_varint(out, end);
    lq_delta_stream_put_varint(out, is - front - end);
    lq_delta_stream_put(out, after->tenant_bytes + front, is - front - end);
    return true;
}

/* Not inlined: between the two changes of the float mode it must stay a call. */
static __attribute__((noinline)) void
put_strictly(struct lq_delta_out *out, const struct lq_world *before, const struct lq_world *after,
             struct lq_world_delta_clock clock, struct lq_world_delta_scratch *scratch)
{
    uint8_t *map = lq_delta_stream_room(out, MAP_BYTES);
    uint32_t bits = 0;

    for (uint32_t which = 0; which < TABLES; which++) {
        struct pass pass = begin_table(before, after, which, clock, scratch);

        if (!pass.same_rows) {
            struct lq_row_keys was = keys_of(before, which);
            struct lq_row_keys is = keys_of(after, which);

            bits |= 1u << tables[which].key;
            lq_row_delta_put(out, &was, &is, scratch->from);
        }
        for (uint32_t index = tables[which].last; index > tables[which].key; index--) {
            if (put_column(out, &pass, &lq_column_table()[index])) {
                bits |= 1u << index;
            }
        }
    }
    if (put_tenant_bytes(out, before, after)) {
        bits |= 1u << LQ_COLUMN_INDEX_tenant_bytes;
    }
    for (uint32_t byte = 0; map != NULL && byte < MAP_BYTES; byte++) {
        map[byte] = (uint8_t)(bits >> (byte * 8));
    }
}

void lq_world_delta_put(struct lq_delta_out *out, const struct lq_world *before,
                        const struct lq_world *after, struct lq_world_delta_clock clock,
                        struct lq_world_delta_scratch *scratch)
{
    uint64_t mode = lq_float_mode_enter();

    put_strictly(out, before, after, clock, scratch);
    lq_float_mode_leave(mode);
}

/* ---- reading ---- */

static void store_numbers(const struct lq_column_row *column, struct lq_world *world,
                          const uint64_t *bits, uint32_t rows)
{
    uint8_t *to = (uint8_t *)world + column->offset;

    if (column->width == sizeof(uint64_t)) {
        memcpy(to, bits, rows * sizeof(uint64_t));
        return;
    }
    for (uint32_t row = 0; row < rows; row++) {
        uint32_t narrow = (uint32_t)bits[row];

        if (column->width == sizeof narrow) {
            memcpy(to + row * sizeof narrow, &narrow, sizeof narrow);
        } else {
            to[row] = (uint8_t)narrow;
        }
    }
}

static void store_targets(const struct lq_column_row *column, struct lq_world *world,
                          const uint64_t *bits, uint32_t rows, struct lq_delta_in *in)
{
    for (uint32_t row = 0; row < rows; row++) {
        uint32_t id = 0;

        if (bits[row] > world->body_count) {
            lq_delta_stream_blame(in, column->name);
        } else if (bits[row] > 0) {
            id = world->body_id[bits[row] - 1];
        }
        memcpy((uint8_t *)world + column->offset + row * sizeof id, &id, sizeof id);
    }
}

static void store_column(const struct pass *pass, const struct lq_column_row *column,
                         struct lq_world *world, const uint64_t *bits, struct lq_delta_in *in)
{
    if (column->is_body_rows) {
        store_targets(column, world, bits, pass->prediction.rows, in);
    } else {
        store_numbers(column, world, bits, pass->prediction.rows);
    }
}

/* Nothing has to be looked at by row. A target may have gone with its body. */
static bool is_copied(const struct pass *pass, const struct lq_column_row *column)
{
    return pass->same_rows && !lq_column_prediction_applies(&pass->prediction, column) &&
           (!column->is_body_rows || pass->same_bodies);
}

static void take_column(struct lq_delta_in *in, const struct pass *pass,
                        const struct lq_column_row *column, struct lq_world *world, bool is_told)
{
    if (!is_told && is_copied(pass, column)) {
        memcpy((uint8_t *)world + column->offset,
               lq_column_table_at(column, pass->prediction.before),
               pass->prediction.rows * column->width);
        return;
    }
    enum lq_column_delta_reference which = begin_column(pass, column);
    if (!is_told) {
        store_column(pass, column, world, fill_reference(pass, column, which), in);
        return;
    }
    uint8_t header = lq_column_delta_take_header(in, column->name);
    which = (enum lq_column_delta_reference)(header & 3u);
    if (which != LQ_COLUMN_DELTA_SHORT && !pass->column->has_reference[which]) {
        lq_delta_stream_blame(in, column->name);
    }
    if (in->fault != NULL) {
        return;
    }
    if (which != LQ_COLUMN_DELTA_SHORT) {
        (void)fill_reference(pass, column, which);
    }
    lq_column_delta_take(pass->column, header, in, column->name);
    store_column(pass, column, world, pass->column->now, in);
}

static void take_rows(struct lq_delta_in *in, const struct lq_world *before, struct lq_world *after,
                      uint32_t which, bool is_told)
{
    const struct lq_column_row *key = &lq_column_table()[tables[which].key];
    struct lq_row_keys was = keys_of(before, which);
    uint8_t *keys = (uint8_t *)after + key->offset;

    if (is_told) {
        set_rows(after, which,
                 lq_row_delta_take(in, &was, keys, tables[which].rows_max, key->name));
    } else {
        memcpy(keys, was.keys, was.count * key->width);
        set_rows(after, which, was.count);
    }
}

static void take_tenant_bytes(struct lq_delta_in *in, const struct lq_world *before,
                              struct lq_world *after, bool is_told)
{
    static const char name[] = "tenant_bytes";
    uint32_t was = before->tenant_bytes_count;
    uint32_t front = was;
    uint32_t end = 0;
    uint32_t between = 0;

    if (is_told) {
        front = (uint32_t)lq_delta_stream_take_varint(in, was, name);
        end = (uint32_t)lq_delta_stream_take_varint(in, was - front, name);
        between =
            (uint32_t)lq_delta_stream_take_varint(in, LQ_TENANT_BYTES_MAX - front - end, name);
    }
    const uint8_t *bytes = lq_delta_stream_take(in, between, name);
    if (in->fault != NULL) {
        return;
    }
    memcpy(after->tenant_bytes, before->tenant_bytes, front);
    if (between > 0) {
        memcpy(after->tenant_bytes + front, bytes, between);
    }
    memcpy(after->tenant_bytes + front + between, before->tenant_bytes + was - end, end);
    after->tenant_bytes_count = front + between + end;
}

static __attribute__((noinline)) void
take_strictly(struct lq_delta_in *in, const struct lq_world *before, struct lq_world *after,
              struct lq_world_delta_clock clock, struct lq_world_delta_scratch *scratch)
{
    uint32_t bits = (uint32_t)lq_delta_stream_take_number(in, MAP_BYTES, "columns");
    bool same_bodies = false;

    if (bits >> LQ_COLUMN_INDEX_COUNT != 0) {
        lq_delta_stream_blame(in, "columns");
    }
    for (uint32_t which = 0; which < TABLES && in->fault == NULL; which++) {
        take_rows(in, before, after, which, (bits >> tables[which].key & 1) != 0);
        struct pass pass = begin_table(before, after, which, clock, scratch);

        same_bodies = which == BODIES ? pass.same_rows : same_bodies;
        pass.same_bodies = same_bodies;
        for (uint32_t index = tables[which].last; index > tables[which].key && in->fault == NULL;
             index--) {
            take_column(in, &pass, &lq_column_table()[index], after, (bits >> index & 1) != 0);
        }
    }
    take_tenant_bytes(in, before, after, (bits >> LQ_COLUMN_INDEX_tenant_bytes & 1) != 0);
}

void lq_world_delta_take(struct lq_delta_in *in, const struct lq_world *before,
                         struct lq_world *after, struct lq_world_delta_clock clock,
                         struct lq_world_delta_scratch *scratch)
{
    uint64_t mode = lq_float_mode_enter();

    take_strictly(in, before, after, clock, scratch);
    lq_float_mode_leave(mode);
}

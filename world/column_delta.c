// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/column_delta.h"

#include <string.h>

static unsigned bits_of(const struct lq_column_delta *delta)
{
    return (unsigned)delta->width * 8;
}

/* ---- which form is the shortest ---- */

/* What a reference and a kind of difference would take. */
struct trial {
    size_t bytes;
    uint8_t header;
};

/* What one walk over the rows finds. */
struct tally {
    uint32_t changed;
    uint64_t any;       /* all differences, one over the other */
    size_t lengths;     /* bytes of the numbers, each as short as it can be */
    size_t gaps;        /* bytes of the rows as a list, without the count */
    bool beyond_before; /* a row changed that the column before did not tell */
};

static uint64_t difference_of(uint64_t now, uint64_t reference, bool folded, unsigned bits)
{
    return folded ? lq_delta_stream_folded(now - reference, bits) : now ^ reference;
}

static uint32_t bytes_of(uint64_t number)
{
    return number == 0 ? 0 : (uint32_t)(71 - __builtin_clzll(number)) / 8;
}

static struct tally tally_rows(const struct lq_column_delta *delta, const uint64_t *reference,
                               bool folded)
{
    struct tally tally = {0};
    unsigned bits = bits_of(delta);
    uint32_t next = 0;

    for (uint32_t row = 0; row < delta->rows; row++) {
        uint64_t number = difference_of(delta->now[row], reference[row], folded, bits);

        if (number != 0) {
            tally.changed++;
            tally.any |= number;
            tally.lengths += bytes_of(number);
            tally.gaps += lq_delta_stream_varint_bytes(row - next);
            tally.beyond_before |= !delta->told.is_told[row];
            next = row + 1;
        }
    }
    return tally;
}

static uint8_t planes_of(uint64_t any)
{
    uint8_t planes = 0;

    for (unsigned plane = 0; plane < 8; plane++) {
        if ((any >> (plane * 8) & 0xff) != 0) {
            planes |= (uint8_t)(1u << plane);
        }
    }
    return planes;
}

static void try_rows(struct trial *best, const struct tally *tally, size_t rows_bytes,
                     uint32_t count, uint8_t header)
{
    size_t planes = 1 + (size_t)__builtin_popcount(planes_of(tally->any)) * count;
    size_t lengths = (count + 1) / 2 + tally->lengths;
    bool as_lengths = lengths < planes;
    size_t bytes = 1 + rows_bytes + (as_lengths ? lengths : planes);

    if (bytes < best->bytes) {
        best->bytes = bytes;
        best->header = header | (uint8_t)(as_lengths ? LQ_COLUMN_DELTA_LENGTHS : 0);
    }
}

static void try_reference(const struct lq_column_delta *delta, uint32_t which, bool folded,
                          struct trial *best)
{
    struct tally tally = tally_rows(delta, delta->references[which], folded);
    uint8_t header = (uint8_t)(which | (folded ? LQ_COLUMN_DELTA_DIFFERENCE : 0));
    size_t list = lq_delta_stream_varint_bytes(tally.changed) + tally.gaps;

    try_rows(best, &tally, 0, delta->rows,
             (uint8_t)(header | LQ_COLUMN_DELTA_ALL << LQ_COLUMN_DELTA_ROWS_SHIFT));
    try_rows(best, &tally, (delta->rows + 7) / 8, tally.changed,
             (uint8_t)(header | LQ_COLUMN_DELTA_BITMAP << LQ_COLUMN_DELTA_ROWS_SHIFT));
    try_rows(best, &tally, list, tally.changed,
             (uint8_t)(header | LQ_COLUMN_DELTA_LIST << LQ_COLUMN_DELTA_ROWS_SHIFT));
    if (delta->told.any && !tally.beyond_before) {
        try_rows(best, &tally, 0, delta->told.count,
                 (uint8_t)(header | LQ_COLUMN_DELTA_AS_BEFORE << LQ_COLUMN_DELTA_ROWS_SHIFT));
    }
}

static uint32_t short_entries(const struct lq_column_delta *delta)
{
    uint32_t entries = delta->rows;

    while (entries > 1 && delta->now[entries - 1] == delta->now[entries - 2]) {
        entries--;
    }
    return entries;
}

static uint8_t choose_header(const struct lq_column_delta *delta)
{
    uint32_t entries = short_entries(delta);
    struct trial best = {1 + lq_delta_stream_varint_bytes(entries) + entries * delta->width,
                         LQ_COLUMN_DELTA_SHORT};

    for (uint32_t which = 0; which < LQ_COLUMN_DELTA_REFERENCES; which++) {
        if (delta->has_reference[which]) {
            try_reference(delta, which, false, &best);
            try_reference(delta, which, true, &best);
        }
    }
    return best.header;
}

/* ---- the rows ---- */

static void tell(struct lq_column_delta_told *told, uint32_t row)
{
    LQ_ASSERT(told->count < LQ_BODIES_MAX);
    told->rows[told->count++] = (uint16_t)row;
    told->is_told[row] = 1;
}

static void forget_told(struct lq_column_delta_told *told)
{
    for (uint32_t index = 0; index < told->count; index++) {
        told->is_told[told->rows[index]] = 0;
    }
    told->count = 0;
    told->any = true;
}

static void put_bitmap(const struct lq_column_delta *delta, struct lq_delta_out *out)
{
    for (uint32_t first = 0; first < delta->rows; first += 8) {
        uint8_t byte = 0;

        for (uint32_t row = first; row < delta->rows && row < first + 8; row++) {
            byte |= (uint8_t)(delta->told.is_told[row] << (row - first));
        }
        lq_delta_stream_put_u8(out, byte);
    }
}

static void put_list(const struct lq_column_delta *delta, struct lq_delta_out *out)
{
    uint32_t next = 0;

    lq_delta_stream_put_varint(out, delta->told.count);
    for (uint32_t index = 0; index < delta->told.count; index++) {
        lq_delta_stream_put_varint(out, delta->told.rows[index] - next);
        next = delta->told.rows[index] + 1u;
    }
}

static void put_rows(struct lq_column_delta *delta, enum lq_column_delta_rows form,
                     struct lq_delta_out *out)
{
    if (form == LQ_COLUMN_DELTA_AS_BEFORE) {
        return;
    }
    forget_told(&delta->told);
    for (uint32_t row = 0; row < delta->rows; row++) {
        if (form == LQ_COLUMN_DELTA_ALL || delta->differences[row] != 0) {
            tell(&delta->told, row);
        }
    }
    if (form == LQ_COLUMN_DELTA_BITMAP) {
        put_bitmap(delta, out);
    } else if (form == LQ_COLUMN_DELTA_LIST) {
        put_list(delta, out);
    }
}

static void take_bitmap(struct lq_column_delta *delta, struct lq_delta_in *in, const char *name)
{
    const uint8_t *map = lq_delta_stream_take(in, (delta->rows + 7) / 8, name);

    for (uint32_t row = 0; map != NULL && row < (delta->rows + 7) / 8 * 8; row++) {
        if ((map[row / 8] >> (row % 8) & 1) == 0) {
            continue;
        }
        if (row >= delta->rows) {
            lq_delta_stream_blame(in, name);
            return;
        }
        tell(&delta->told, row);
    }
}

static void take_list(struct lq_column_delta *delta, struct lq_delta_in *in, const char *name)
{
    uint32_t count = (uint32_t)lq_delta_stream_take_varint(in, delta->rows, name);
    uint32_t next = 0;

    for (uint32_t index = 0; index < count && in->fault == NULL; index++) {
        uint32_t row = next + (uint32_t)lq_delta_stream_take_varint(in, delta->rows, name);

        if (row >= delta->rows) {
            lq_delta_stream_blame(in, name);
            return;
        }
        tell(&delta->told, row);
        next = row + 1;
    }
}

static void take_rows(struct lq_column_delta *delta, enum lq_column_delta_rows form,
                      struct lq_delta_in *in, const char *name)
{
    if (form == LQ_COLUMN_DELTA_AS_BEFORE) {
        if (!delta->told.any) {
            lq_delta_stream_blame(in, name);
        }
        return;
    }
    forget_told(&delta->told);
    if (form == LQ_COLUMN_DELTA_BITMAP) {
        take_bitmap(delta, in, name);
    } else if (form == LQ_COLUMN_DELTA_LIST) {
        take_list(delta, in, name);
    } else {
        for (uint32_t row = 0; row < delta->rows; row++) {
            tell(&delta->told, row);
        }
    }
}

/* ---- the numbers ---- */

static void put_planes(const struct lq_column_delta *delta, struct lq_delta_out *out)
{
    uint64_t any = 0;

    for (uint32_t index = 0; index < delta->told.count; index++) {
        any |= delta->differences[delta->told.rows[index]];
    }
    uint8_t planes = planes_of(any);
    lq_delta_stream_put_u8(out, planes);
    for (unsigned plane = 0; plane < 8; plane++) {
        uint8_t *room =
            (planes >> plane & 1) != 0 ? lq_delta_stream_room(out, delta->told.count) : NULL;

        for (uint32_t index = 0; room != NULL && index < delta->told.count; index++) {
            room[index] = (uint8_t)(delta->differences[delta->told.rows[index]] >> (plane * 8));
        }
    }
}

static void put_lengths(const struct lq_column_delta *delta, struct lq_delta_out *out)
{
    const struct lq_column_delta_told *told = &delta->told;

    for (uint32_t index = 0; index < told->count; index += 2) {
        uint32_t low = bytes_of(delta->differences[told->rows[index]]);
        uint32_t high =
            index + 1 < told->count ? bytes_of(delta->differences[told->rows[index + 1]]) : 0;
        lq_delta_stream_put_u8(out, (uint8_t)(low | high << 4));
    }
    for (uint32_t index = 0; index < told->count; index++) {
        uint64_t number = delta->differences[told->rows[index]];
        lq_delta_stream_put_number(out, number, bytes_of(number));
    }
}

/* `differences` are zeroed; those of the told rows are read. */
static void take_planes(struct lq_column_delta *delta, struct lq_delta_in *in, const char *name)
{
    uint8_t planes = lq_delta_stream_take_u8(in, name);

    if (delta->width < 8 && planes >> delta->width != 0) {
        lq_delta_stream_blame(in, name);
    }
    for (unsigned plane = 0; plane < 8; plane++) {
        const uint8_t *bytes =
            (planes >> plane & 1) != 0 ? lq_delta_stream_take(in, delta->told.count, name) : NULL;

        for (uint32_t index = 0; bytes != NULL && index < delta->told.count; index++) {
            delta->differences[delta->told.rows[index]] |= (uint64_t)bytes[index] << (plane * 8);
        }
    }
}

static void take_lengths(struct lq_column_delta *delta, struct lq_delta_in *in, const char *name)
{
    const struct lq_column_delta_told *told = &delta->told;
    const uint8_t *lengths = lq_delta_stream_take(in, (told->count + 1) / 2, name);

    for (uint32_t index = 0; lengths != NULL && index < told->count; index++) {
        uint32_t bytes = lengths[index / 2] >> (index % 2 * 4) & 15;

        if (bytes > delta->width) {
            lq_delta_stream_blame(in, name);
            return;
        }
        delta->differences[told->rows[index]] = lq_delta_stream_take_number(in, bytes, name);
    }
}

/* ---- the column ---- */

void lq_column_delta_begin(struct lq_column_delta *delta, uint32_t rows)
{
    LQ_ASSERT(rows <= LQ_BODIES_MAX);
    delta->rows = rows;
    delta->told.any = false;
    delta->told.count = 0;
    memset(delta->told.is_told, 0, rows);
}

static void put_short(const struct lq_column_delta *delta, struct lq_delta_out *out)
{
    uint32_t entries = short_entries(delta);

    lq_delta_stream_put_varint(out, entries);
    for (uint32_t row = 0; row < entries; row++) {
        lq_delta_stream_put_number(out, delta->now[row], delta->width);
    }
}

static void take_short(struct lq_column_delta *delta, struct lq_delta_in *in, const char *name)
{
    uint32_t entries = (uint32_t)lq_delta_stream_take_varint(in, delta->rows, name);

    if ((entries == 0) != (delta->rows == 0)) {
        lq_delta_stream_blame(in, name);
        return;
    }
    for (uint32_t row = 0; row < delta->rows; row++) {
        delta->now[row] = row < entries ? lq_delta_stream_take_number(in, delta->width, name)
                                        : delta->now[entries - 1];
    }
}

void lq_column_delta_put(struct lq_column_delta *delta, struct lq_delta_out *out)
{
    uint8_t header = choose_header(delta);
    uint32_t which = header & 3u;
    bool folded = (header & LQ_COLUMN_DELTA_DIFFERENCE) != 0;

    LQ_ASSERT(delta->has_reference[LQ_COLUMN_DELTA_BEFORE]);
    lq_delta_stream_put_u8(out, header);
    if (which == LQ_COLUMN_DELTA_SHORT) {
        put_short(delta, out);
        return;
    }
    for (uint32_t row = 0; row < delta->rows; row++) {
        delta->differences[row] =
            difference_of(delta->now[row], delta->references[which][row], folded, bits_of(delta));
    }
    put_rows(delta, (enum lq_column_delta_rows)(header >> LQ_COLUMN_DELTA_ROWS_SHIFT), out);
    if ((header & LQ_COLUMN_DELTA_LENGTHS) != 0) {
        put_lengths(delta, out);
    } else {
        put_planes(delta, out);
    }
}

uint8_t lq_column_delta_take_header(struct lq_delta_in *in, const char *name)
{
    uint8_t header = lq_delta_stream_take_u8(in, name);

    if (header >> (LQ_COLUMN_DELTA_ROWS_SHIFT + 2) != 0 ||
        ((header & 3u) == LQ_COLUMN_DELTA_SHORT && header != LQ_COLUMN_DELTA_SHORT)) {
        lq_delta_stream_blame(in, name);
    }
    return in->fault == NULL ? header : 0;
}

void lq_column_delta_take(struct lq_column_delta *delta, uint8_t header, struct lq_delta_in *in,
                          const char *name)
{
    uint32_t which = header & 3u;
    bool folded = (header & LQ_COLUMN_DELTA_DIFFERENCE) != 0;
    unsigned bits = bits_of(delta);
    uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

    if (which == LQ_COLUMN_DELTA_SHORT) {
        take_short(delta, in, name);
        return;
    }
    LQ_ASSERT(delta->has_reference[which]);
    memset(delta->differences, 0, delta->rows * sizeof delta->differences[0]);
    take_rows(delta, (enum lq_column_delta_rows)(header >> LQ_COLUMN_DELTA_ROWS_SHIFT), in, name);
    if ((header & LQ_COLUMN_DELTA_LENGTHS) != 0) {
        take_lengths(delta, in, name);
    } else {
        take_planes(delta, in, name);
    }
    for (uint32_t row = 0; row < delta->rows; row++) {
        uint64_t number = delta->differences[row];
        uint64_t reference = delta->references[which][row];

        delta->now[row] = folded ? (reference + lq_delta_stream_unfolded(number, bits)) & mask
                                 : reference ^ number;
    }
}

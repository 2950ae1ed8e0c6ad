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

/* The rows that are not as a reference says. */
struct changes {
    const uint64_t *reference;
    uint32_t count;
    size_t list_bytes;  /* as a list */
    bool beyond_before; /* one of them the column before did not tell */
    uint16_t rows[LQ_BODIES_MAX];
};

static uint64_t difference_of(uint64_t now, uint64_t reference, bool folded, unsigned bits)
{
    return folded ? lq_delta_stream_folded(now - reference, bits) : now ^ reference;
}

static uint32_t bytes_of(uint64_t number)
{
    return number == 0 ? 0 : (uint32_t)(71 - __builtin_clzll(number)) / 8;
}

static uint32_t count_changes(const struct lq_column_delta *delta, const uint64_t *reference)
{
    uint32_t count = 0;

    for (uint32_t row = 0; row < delta->rows; row++) {
        count += delta->now[row] != reference[row];
    }
    return count;
}

static void find_changes(const struct lq_column_delta *delta, struct changes *changes)
{
    uint32_t next = 0;

    changes->count = 0;
    changes->list_bytes = 0;
    changes->beyond_before = !delta->told.any;
    for (uint32_t row = 0; row < delta->rows; row++) {
        if (delta->now[row] != changes->reference[row]) {
            changes->rows[changes->count++] = (uint16_t)row;
            changes->list_bytes += lq_delta_stream_varint_bytes(row - next);
            changes->beyond_before |= !delta->told.is_told[row];
            next = row + 1;
        }
    }
    changes->list_bytes += lq_delta_stream_varint_bytes(changes->count);
}

static uint8_t planes_of(uint64_t any)
{
    uint8_t planes = 0;

    for (unsigned plane = 0; any != 0; plane++, any >>= 8) {
        if ((any & 0xff) != 0) {
            planes |= (uint8_t)(1u << plane);
        }
    }
    return planes;
}

static uint32_t bits_set(uint8_t map)
{
    uint32_t count = 0;

    for (; map != 0; map &= (uint8_t)(map - 1)) {
        count++;
    }
    return count;
}

/* All ways to say which rows, with numbers in planes or with lengths. */
static void try_difference(const struct lq_column_delta *delta, const struct changes *changes,
                           uint8_t header, struct trial *best)
{
    const struct {
        size_t bytes;
        uint32_t count;
        bool can_be;
    } rows[] = {
        [LQ_COLUMN_DELTA_ALL] = {0, delta->rows, true},
        [LQ_COLUMN_DELTA_BITMAP] = {(delta->rows + 7) / 8, changes->count, true},
        [LQ_COLUMN_DELTA_LIST] = {changes->list_bytes, changes->count, true},
        [LQ_COLUMN_DELTA_AS_BEFORE] = {0, delta->told.count, !changes->beyond_before},
    };
    bool folded = (header & LQ_COLUMN_DELTA_DIFFERENCE) != 0;
    uint64_t any = 0;
    size_t sum = 0;

    for (uint32_t index = 0; index < changes->count; index++) {
        uint32_t row = changes->rows[index];
        uint64_t number =
            difference_of(delta->now[row], changes->reference[row], folded, bits_of(delta));

        any |= number;
        sum += bytes_of(number);
    }
    uint32_t planes = bits_set(planes_of(any));
    for (uint32_t form = 0; form < sizeof rows / sizeof rows[0]; form++) {
        size_t in_planes = 1 + (size_t)planes * rows[form].count;
        size_t with_lengths = (rows[form].count + 1) / 2 + sum;
        bool has_lengths = with_lengths < in_planes;
        size_t bytes = 1 + rows[form].bytes + (has_lengths ? with_lengths : in_planes);

        if (rows[form].can_be && bytes < best->bytes) {
            best->bytes = bytes;
            best->header = (uint8_t)(header | form << LQ_COLUMN_DELTA_ROWS_SHIFT |
                                     (has_lengths ? LQ_COLUMN_DELTA_LENGTHS : 0));
        }
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

/* Only the references that leave the fewest rows to tell are tried: what is right of one is right
 * in all bits, and what is not costs about the same. */
static uint8_t choose_header(const struct lq_column_delta *delta)
{
    uint32_t entries = short_entries(delta);
    struct trial best = {1 + lq_delta_stream_varint_bytes(entries) + entries * delta->width,
                         LQ_COLUMN_DELTA_SHORT};
    uint32_t counts[LQ_COLUMN_DELTA_REFERENCES];
    uint32_t fewest = UINT32_MAX;
    struct changes changes;

    for (uint32_t which = 0; which < LQ_COLUMN_DELTA_REFERENCES; which++) {
        counts[which] = delta->has_reference[which] ? count_changes(delta, delta->references[which])
                                                    : UINT32_MAX;
        fewest = counts[which] < fewest ? counts[which] : fewest;
    }
    for (uint32_t which = 0; which < LQ_COLUMN_DELTA_REFERENCES; which++) {
        if (delta->has_reference[which] && counts[which] == fewest) {
            changes.reference = delta->references[which];
            find_changes(delta, &changes);
            try_difference(delta, &changes, (uint8_t)which, &best);
            try_difference(delta, &changes, (uint8_t)(which | LQ_COLUMN_DELTA_DIFFERENCE), &best);
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

/* The differences of the told rows, which are zeroed. */
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

static void fill_differences(struct lq_column_delta *delta, const uint64_t *reference, bool folded,
                             unsigned bits)
{
    if (folded) {
        for (uint32_t row = 0; row < delta->rows; row++) {
            delta->differences[row] = difference_of(delta->now[row], reference[row], true, bits);
        }
        return;
    }
    for (uint32_t row = 0; row < delta->rows; row++) {
        delta->differences[row] = delta->now[row] ^ reference[row];
    }
}

void lq_column_delta_put(struct lq_column_delta *delta, struct lq_delta_out *out)
{
    uint8_t header = choose_header(delta);
    uint32_t which = header & 3u;
    bool folded = (header & LQ_COLUMN_DELTA_DIFFERENCE) != 0;

    lq_delta_stream_put_u8(out, header);
    if (which == LQ_COLUMN_DELTA_SHORT) {
        put_short(delta, out);
        return;
    }
    fill_differences(delta, delta->references[which], folded, bits_of(delta));
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
    take_rows(delta, (enum lq_column_delta_rows)(header >> LQ_COLUMN_DELTA_ROWS_SHIFT), in, name);
    for (uint32_t index = 0; index < delta->told.count; index++) {
        delta->differences[delta->told.rows[index]] = 0;
    }
    if ((header & LQ_COLUMN_DELTA_LENGTHS) != 0) {
        take_lengths(delta, in, name);
    } else {
        take_planes(delta, in, name);
    }
    memcpy(delta->now, delta->references[which], delta->rows * sizeof delta->now[0]);
    for (uint32_t index = 0; index < delta->told.count; index++) {
        uint32_t row = delta->told.rows[index];
        uint64_t number = delta->differences[row];
        uint64_t reference = delta->now[row];

        delta->now[row] = folded ? (reference + lq_delta_stream_unfolded(number, bits)) & mask
                                 : reference ^ number;
    }
}

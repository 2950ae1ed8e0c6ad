// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/row_delta.h"

enum { EDIT = 0, WHOLE = 1 };

static uint32_t id_at(const void *keys, uint32_t row)
{
    return ((const uint32_t *)keys)[row];
}

static const uint8_t *key_at(const struct lq_row_keys *rows, uint32_t row)
{
    return (const uint8_t *)rows->keys + row * rows->width;
}

/* As the table is ordered. */
static int compare(const void *a, const void *b, size_t width)
{
    uint32_t id_a;
    uint32_t id_b;

    if (width != sizeof(uint32_t)) {
        return memcmp(a, b, width);
    }
    memcpy(&id_a, a, sizeof id_a);
    memcpy(&id_b, b, sizeof id_b);
    return (id_a > id_b) - (id_a < id_b);
}

bool lq_row_delta_match(const struct lq_row_keys *before, const struct lq_row_keys *after,
                        uint16_t *from)
{
    uint32_t was = 0;
    bool same = before->count == after->count;

    if (same && memcmp(before->keys, after->keys, after->count * after->width) == 0) {
        for (uint32_t row = 0; row < after->count; row++) {
            from[row] = (uint16_t)row;
        }
        return true;
    }
    for (uint32_t row = 0; row < after->count; row++) {
        const uint8_t *key = key_at(after, row);

        while (was < before->count && compare(key_at(before, was), key, after->width) < 0) {
            was++;
        }
        if (was < before->count && compare(key_at(before, was), key, after->width) == 0) {
            same = same && was == row;
            from[row] = (uint16_t)was++;
        } else {
            same = false;
            from[row] = LQ_ROW_DELTA_NEW;
        }
    }
    return same;
}

static void put_key(struct lq_delta_out *out, const struct lq_row_keys *rows, uint32_t row,
                    uint32_t *id_before)
{
    if (rows->width != sizeof(uint32_t)) {
        lq_delta_stream_put(out, key_at(rows, row), rows->width);
        return;
    }
    lq_delta_stream_put_varint(out, id_at(rows->keys, row) - *id_before);
    *id_before = id_at(rows->keys, row);
}

/* The rows of `before` that no row of `after` comes from: how many, and where if `out` is there. */
static uint32_t walk_gone(const struct lq_row_keys *before, const struct lq_row_keys *after,
                          const uint16_t *from, struct lq_delta_out *out)
{
    uint32_t gone = 0;
    uint32_t stayed = 0;
    uint32_t row = 0;

    for (uint32_t was = 0; was < before->count; was++) {
        while (row < after->count && from[row] == LQ_ROW_DELTA_NEW) {
            row++;
        }
        if (row < after->count && from[row] == was) {
            row++;
            stayed++;
            continue;
        }
        if (out != NULL) {
            lq_delta_stream_put_varint(out, stayed);
        }
        stayed = 0;
        gone++;
    }
    return gone;
}

static void put_edit(struct lq_delta_out *out, const struct lq_row_keys *before,
                     const struct lq_row_keys *after, const uint16_t *from)
{
    uint32_t came = 0;
    uint32_t id_before = 0;

    lq_delta_stream_put_u8(out, EDIT);
    lq_delta_stream_put_varint(out, walk_gone(before, after, from, NULL));
    (void)walk_gone(before, after, from, out);
    for (uint32_t row = 0; row < after->count; row++) {
        came += from[row] == LQ_ROW_DELTA_NEW;
    }
    lq_delta_stream_put_varint(out, came);
    for (uint32_t row = 0; row < after->count; row++) {
        if (from[row] == LQ_ROW_DELTA_NEW) {
            put_key(out, after, row, &id_before);
        }
    }
}

/* Entries of the short column of differences. */
static uint32_t short_entries(const struct lq_row_keys *rows)
{
    uint32_t entries = rows->count;

    while (entries > 2 && id_at(rows->keys, entries - 1) - id_at(rows->keys, entries - 2) ==
                              id_at(rows->keys, entries - 2) - id_at(rows->keys, entries - 3)) {
        entries--;
    }
    if (entries == 2 && id_at(rows->keys, 1) - id_at(rows->keys, 0) == id_at(rows->keys, 0)) {
        entries--;
    }
    return entries;
}

static void put_whole(struct lq_delta_out *out, const struct lq_row_keys *after)
{
    uint32_t entries = after->count;
    uint32_t id_before = 0;

    lq_delta_stream_put_u8(out, WHOLE);
    lq_delta_stream_put_varint(out, after->count);
    if (after->width == sizeof(uint32_t)) {
        entries = short_entries(after);
        lq_delta_stream_put_varint(out, entries);
    }
    for (uint32_t row = 0; row < entries; row++) {
        put_key(out, after, row, &id_before);
    }
}

void lq_row_delta_put(struct lq_delta_out *out, const struct lq_row_keys *before,
                      const struct lq_row_keys *after, const uint16_t *from)
{
    struct lq_delta_out whole = *out;
    struct lq_delta_out edit = *out;

    put_whole(&whole, after);
    put_edit(&edit, before, after, from);
    if (edit.full || (!whole.full && whole.left > edit.left)) { /* the last one written stays */
        put_whole(out, after);
    } else {
        *out = edit;
    }
}

static uint32_t take_whole(struct lq_delta_in *in, void *keys, size_t width, uint32_t rows_max,
                           const char *name)
{
    uint32_t rows = (uint32_t)lq_delta_stream_take_varint(in, rows_max, name);
    uint32_t step = 0;
    uint32_t id = 0;

    if (width != sizeof(uint32_t)) {
        const uint8_t *from = lq_delta_stream_take(in, rows * width, name);
        if (from != NULL && rows > 0) {
            memcpy(keys, from, rows * width);
        }
        return in->fault == NULL ? rows : 0;
    }
    uint32_t entries = (uint32_t)lq_delta_stream_take_varint(in, rows, name);
    if ((entries == 0) != (rows == 0)) {
        lq_delta_stream_blame(in, name);
    }
    for (uint32_t row = 0; row < rows && in->fault == NULL; row++) {
        if (row < entries) {
            step = (uint32_t)lq_delta_stream_take_varint(in, UINT32_MAX, name);
        }
        id += step;
        ((uint32_t *)keys)[row] = id;
    }
    return in->fault == NULL ? rows : 0;
}

static void take_key(struct lq_delta_in *in, uint8_t *key, size_t width, uint32_t *id_before,
                     const char *name)
{
    if (width == sizeof(uint32_t)) {
        *id_before += (uint32_t)lq_delta_stream_take_varint(in, UINT32_MAX, name);
        memcpy(key, id_before, sizeof *id_before);
        return;
    }
    const uint8_t *from = lq_delta_stream_take(in, width, name);
    if (from != NULL) {
        memcpy(key, from, width);
    }
}

/* The rows that stayed, into `keys`: how many. At most as many as there were. */
static uint32_t take_stayed(struct lq_delta_in *in, const struct lq_row_keys *before, uint8_t *keys,
                            const char *name)
{
    size_t width = before->width;
    uint32_t gone = (uint32_t)lq_delta_stream_take_varint(in, before->count, name);
    uint32_t was = 0;
    uint32_t rows = 0;

    for (uint32_t index = 0; index <= gone && in->fault == NULL; index++) {
        uint32_t left = before->count - was;
        uint32_t stay = index < gone ? (uint32_t)lq_delta_stream_take_varint(in, left, name) : left;

        if (index < gone && stay == left) { /* nothing is left that could be gone */
            lq_delta_stream_blame(in, name);
        }
        if (in->fault == NULL) {
            memcpy(keys + rows * width, key_at(before, was), stay * width);
            rows += stay;
            was += stay + 1;
        }
    }
    return rows;
}

uint32_t lq_row_delta_take(struct lq_delta_in *in, const struct lq_row_keys *before, void *keys,
                           uint32_t rows_max, const char *name)
{
    size_t width = before->width;
    uint8_t form = lq_delta_stream_take_u8(in, name);
    uint8_t *to = keys;
    uint32_t id_before = 0;

    LQ_ASSERT(before->count <= rows_max);
    if (form == WHOLE) {
        return take_whole(in, keys, width, rows_max, name);
    }
    if (form != EDIT) {
        lq_delta_stream_blame(in, name);
    }
    uint32_t rows = take_stayed(in, before, to, name);
    uint32_t came = (uint32_t)lq_delta_stream_take_varint(in, rows_max - rows, name);
    uint32_t at = 0;
    for (uint32_t index = 0; index < came && in->fault == NULL; index++) {
        uint8_t key[LQ_CLIENT_ID_BYTES];

        take_key(in, key, width, &id_before, name);
        if (in->fault != NULL) {
            break;
        }
        while (at < rows && compare(to + at * width, key, width) < 0) {
            at++;
        }
        memmove(to + (at + 1) * width, to + at * width, (rows - at) * width);
        memcpy(to + at * width, key, width);
        rows++;
        at++;
    }
    return in->fault == NULL ? rows : 0;
}

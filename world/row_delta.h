// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* row_delta.h - which rows of a table came and went, by its first column: ids, or clients. Rows
 * ascend by it, so where a row stands follows from its key.
 *
 *     u8 0, then varint rows that went, and for each a varint: rows that stayed since; varint rows
 *        that came, and their keys
 *     u8 1, then varint rows, and all keys
 *
 * Keys that are ids are varints: the first itself, others the difference to the one before. All ids
 * are a short column of these: varint entries, of which the last stands for all behind it. A client
 * is 16 bytes. The encoder takes what is shorter. Pure. */
#ifndef LQ_ROW_DELTA_H
#define LQ_ROW_DELTA_H

#include "world/delta_stream.h"
#include "world/world.h"

/* Its row was not there before. */
#define LQ_ROW_DELTA_NEW UINT16_MAX

struct lq_row_keys {
    const void *keys;
    uint32_t count;
    size_t width; /* 4: uint32_t, 16: clients */
};

/* from[i] for each row of `after`: where it was in `before`, or LQ_ROW_DELTA_NEW. True: the rows
 * are the same. */
bool lq_row_delta_match(const struct lq_row_keys *before, const struct lq_row_keys *after,
                        uint16_t *from);

void lq_row_delta_put(struct lq_delta_out *out, const struct lq_row_keys *before,
                      const struct lq_row_keys *after, const uint16_t *from);

/* Into `keys`, which has room for `rows_max`: how many there are. They may not ascend where the
 * input is hostile; what checks the world finds that. */
uint32_t lq_row_delta_take(struct lq_delta_in *in, const struct lq_row_keys *before, void *keys,
                           uint32_t rows_max, const char *name);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/map_growth.h"

#define GRAIN_BYTES UINT64_C(65536) /* a page of every machine goes into it */

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

enum lq_result lq_map_growth_next(const struct lq_map_size *size, uint64_t *map_bytes)
{
    const uint64_t step = LQ_MAP_GROWTH_STEP_BYTES;

    /* Sizes are bounded by the address space, so that no sum below leaves 64 bits. */
    if (size->map_bytes >= size->map_bytes_max || size->map_bytes_max - size->map_bytes < step) {
        return LQ_ERR_MAP_FULL;
    }
    uint64_t wanted = lesser(2 * size->map_bytes, size->map_bytes_max);
    uint64_t fits = size->used_bytes + size->disk_free_bytes;
    uint64_t next = lesser(wanted, fits) / GRAIN_BYTES * GRAIN_BYTES;
    if (next < size->map_bytes || next - size->map_bytes < step) {
        return fits < wanted ? LQ_ERR_DISK_FULL : LQ_ERR_MAP_FULL;
    }
    *map_bytes = next;
    return LQ_OK;
}

uint64_t lq_map_growth_first(uint64_t configured_bytes, uint64_t grown_bytes,
                             uint64_t map_bytes_max)
{
    uint64_t grown = lesser(grown_bytes, map_bytes_max);

    return grown > configured_bytes ? grown : configured_bytes;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* map_growth.h - how large a full map becomes. Pure.
 *
 * It doubles, up to its bound, and no farther than the disk could be filled: a map that is larger
 * than what its disk holds says "there is room" where there is none. */
#ifndef LQ_MAP_GROWTH_H
#define LQ_MAP_GROWTH_H

#include "base/result.h"

#include <stdint.h>

enum { LQ_MAP_GROWTH_STEP_BYTES = 1024 * 1024 }; /* less is not worth it */

struct lq_map_size {
    uint64_t used_bytes;
    uint64_t map_bytes;
    uint64_t map_bytes_max;
    uint64_t disk_free_bytes;
};

/* LQ_OK: to *map_bytes. LQ_ERR_MAP_FULL: it is as large as it may be. LQ_ERR_DISK_FULL: it may be
 * larger, but the disk has no room for that. */
LQ_MUST_CHECK enum lq_result lq_map_growth_next(const struct lq_map_size *size,
                                                uint64_t *map_bytes);

/* The size that a writer begins with: what it is configured to, or what the file has grown to
 * within the bound. A bound below the configured size counts as that size. */
uint64_t lq_map_growth_first(uint64_t configured_bytes, uint64_t grown_bytes,
                             uint64_t map_bytes_max);

#endif

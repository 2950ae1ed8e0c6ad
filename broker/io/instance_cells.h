// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* instance_cells.h - read what local actors leave in the runtime folder: proto/instance_cell.h. */
#ifndef LQ_INSTANCE_CELLS_H
#define LQ_INSTANCE_CELLS_H

#include "world/world_limits.h"

#include <stdbool.h>
#include <stdint.h>

#define LQ_INSTANCE_CELLS_MAX 256u

/* An instance that a living process holds. */
struct lq_instance_cell {
    char instance[LQ_SESSION_NAME_BYTES_MAX + 1];
    char stage[LQ_STAGE_NAME_BYTES_MAX + 1];
    uint32_t pid; /* of the holder, by the kernel; 0: it is of a pid namespace that we do not see */
    uint64_t sign_ns;
    bool leaving;
};

/* One instance. False: nobody holds it, or its cell cannot be read. */
bool lq_instance_cells_read(const char *runtime_dir, const char *instance,
                            struct lq_instance_cell *cell);

/* All that are held, at most LQ_INSTANCE_CELLS_MAX; returns their number. */
uint32_t lq_instance_cells_list(const char *runtime_dir, struct lq_instance_cell *cells);

#endif

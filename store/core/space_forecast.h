// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* space_forecast.h - when the map and the disk of a partition will be full if it goes on growing as
 * it does, and whether that is too soon. Pure. */
#ifndef LQ_SPACE_FORECAST_H
#define LQ_SPACE_FORECAST_H

#include "store/core/space_history.h"

#define LQ_SPACE_NEVER UINT64_MAX

struct lq_space_room {
    uint64_t used_bytes, free_bytes; /* as in a sample */
    uint64_t map_bytes_max;          /* how large the map may become */
    uint64_t disk_free_bytes;
};

/* Seconds from now; LQ_SPACE_NEVER: it does not grow, or that is not known yet. */
struct lq_space_forecast {
    uint64_t map_full_s, disk_full_s;
};

struct lq_space_forecast lq_space_forecast_make(const struct lq_space_room *room,
                                                const struct lq_space_growth *growth);

/* What will be full sooner than `reserve_s` from now, the sooner one of the two. Without a reserve,
 * and while growth is not judged, there is always enough. */
enum lq_space_verdict { LQ_SPACE_ENOUGH = 1, LQ_SPACE_MAP_SHORT, LQ_SPACE_DISK_SHORT };

enum lq_space_verdict lq_space_forecast_judge(const struct lq_space_forecast *forecast,
                                              const struct lq_space_growth *growth,
                                              uint64_t reserve_s);

#endif

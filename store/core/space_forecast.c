// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/space_forecast.h"

#define S_PER_HOUR 3600.0

/* `free_bytes` of the file are filled before it grows. */
static uint64_t full_in(uint64_t left_bytes, uint64_t free_bytes, uint64_t bytes_per_hour)
{
    if (bytes_per_hour == 0) {
        return LQ_SPACE_NEVER;
    }
    double seconds =
        ((double)left_bytes + (double)free_bytes) * S_PER_HOUR / (double)bytes_per_hour;
    return seconds < (double)(LQ_SPACE_NEVER / 2) ? (uint64_t)seconds : LQ_SPACE_NEVER;
}

struct lq_space_forecast lq_space_forecast_make(const struct lq_space_room *room,
                                                const struct lq_space_growth *growth)
{
    uint64_t map_left =
        room->map_bytes_max > room->used_bytes ? room->map_bytes_max - room->used_bytes : 0;

    return (struct lq_space_forecast){
        .map_full_s = full_in(map_left, room->free_bytes, growth->bytes_per_hour),
        .disk_full_s = full_in(room->disk_free_bytes, room->free_bytes, growth->bytes_per_hour)};
}

enum lq_space_verdict lq_space_forecast_judge(const struct lq_space_forecast *forecast,
                                              const struct lq_space_growth *growth,
                                              uint64_t reserve_s)
{
    bool map_first = forecast->map_full_s < forecast->disk_full_s;
    uint64_t first_s = map_first ? forecast->map_full_s : forecast->disk_full_s;

    if (!growth->judged || first_s >= reserve_s) {
        return LQ_SPACE_ENOUGH;
    }
    return map_first ? LQ_SPACE_MAP_SHORT : LQ_SPACE_DISK_SHORT;
}

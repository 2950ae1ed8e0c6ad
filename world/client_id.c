// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/client_id.h"

#include "base/contract.h"

#define NS_PER_MS UINT64_C(1000000)
#define YEAR_2020_MS UINT64_C(1577836800000) /* since 1970 */
#define RANDOM_BITS 16

static void put_big_endian(uint8_t *to, uint64_t value)
{
    for (uint32_t index = 0; index < 8; index++) {
        to[index] = (uint8_t)(value >> (56 - 8 * index));
    }
}

struct lq_client_id lq_client_id_of(uint64_t player, uint64_t incarnation)
{
    struct lq_client_id id;

    LQ_ASSERT(incarnation <= LQ_INCARNATION_MAX);
    put_big_endian(id.bytes, player);
    put_big_endian(id.bytes + LQ_PLAYER_BYTES, incarnation);
    return id;
}

/* 1 to LQ_INCARNATION_MAX, also by a clock before 2020 or behind the year 2054. */
static uint64_t incarnation_at(uint64_t wall_time_ns, const uint8_t random[2])
{
    const uint64_t ms_max = LQ_INCARNATION_MAX >> RANDOM_BITS;
    uint64_t ms = wall_time_ns / NS_PER_MS;

    ms = ms > YEAR_2020_MS ? ms - YEAR_2020_MS : 1;
    ms = ms < ms_max ? ms : ms_max;
    return ms << RANDOM_BITS | (uint64_t)random[0] << 8 | random[1];
}

struct lq_client_id lq_client_id_fresh(const uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES],
                                       uint64_t wall_time_ns)
{
    struct lq_client_id id = lq_client_id_of(0, incarnation_at(wall_time_ns, random));

    memcpy(id.bytes, random + 2, LQ_PLAYER_BYTES);
    return id;
}

struct lq_client_id lq_client_id_next(const struct lq_client_id *id,
                                      const uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES],
                                      uint64_t wall_time_ns)
{
    uint64_t before = lq_client_id_incarnation(id);
    uint64_t by_time = incarnation_at(wall_time_ns, random);

    if (before == LQ_INCARNATION_MAX) {
        return lq_client_id_fresh(random, wall_time_ns);
    }
    return lq_client_id_of(lq_client_id_player(id), by_time > before ? by_time : before + 1);
}

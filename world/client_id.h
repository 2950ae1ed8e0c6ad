// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_id.h - who a client is: one incarnation of a player.
 *
 * The first LQ_PLAYER_BYTES bytes are the player, for ever; the rest, most significant first, is
 * the incarnation, which grows. Sequence numbers start at 1 with each incarnation. Whose a body is,
 * the player decides. Pure.
 */
#ifndef LQ_CLIENT_ID_H
#define LQ_CLIENT_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LQ_CLIENT_ID_BYTES 16
#define LQ_PLAYER_BYTES 8

struct lq_client_id {
    uint8_t bytes[LQ_CLIENT_ID_BYTES];
};

/* Above it an incarnation's first byte is not 0: then it is no such number, but part of an id of
 * 128 random bits, and counts as 0. */
#define LQ_INCARNATION_MAX ((UINT64_C(1) << 56) - 1)

/* What lq_client_id_fresh() and lq_client_id_next() take of randomness. */
#define LQ_CLIENT_ID_RANDOM_BYTES 10

static inline bool lq_client_id_equal(const struct lq_client_id *a, const struct lq_client_id *b)
{
    return memcmp(a->bytes, b->bytes, LQ_CLIENT_ID_BYTES) == 0;
}

static inline bool lq_client_id_same_player(const struct lq_client_id *a,
                                            const struct lq_client_id *b)
{
    return memcmp(a->bytes, b->bytes, LQ_PLAYER_BYTES) == 0;
}

/* The player as a number that is in order as its bytes are. */
static inline uint64_t lq_client_id_player(const struct lq_client_id *id)
{
    uint64_t player = 0;

    for (uint32_t index = 0; index < LQ_PLAYER_BYTES; index++) {
        player = player << 8 | id->bytes[index];
    }
    return player;
}

/* 0 to LQ_INCARNATION_MAX. */
static inline uint64_t lq_client_id_incarnation(const struct lq_client_id *id)
{
    uint64_t incarnation = 0;

    for (uint32_t index = LQ_PLAYER_BYTES; index < LQ_CLIENT_ID_BYTES; index++) {
        incarnation = incarnation << 8 | id->bytes[index];
    }
    return incarnation <= LQ_INCARNATION_MAX ? incarnation : 0;
}

/* Of a player and one of its incarnations, which is at most LQ_INCARNATION_MAX. */
struct lq_client_id lq_client_id_of(uint64_t player, uint64_t incarnation);

/* A new player, and its incarnation by the time: the milliseconds since 2020 times 2^16, plus
 * random bits. So it is above the incarnations that players took earlier. */
struct lq_client_id lq_client_id_fresh(const uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES],
                                       uint64_t wall_time_ns);

/* The same player's next incarnation: by the time, or the one after `id`'s if that is more. After
 * the highest one there is none: then it is a new player. */
struct lq_client_id lq_client_id_next(const struct lq_client_id *id,
                                      const uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES],
                                      uint64_t wall_time_ns);

/* ---- not installed: for the versions of stages ---- */

/* By what two ids are one player's. */
enum lq_player_rule {
    LQ_PLAYER_WHOLE_ID = 1, /* each id is a player of its own: physics 1 and ai 1 */
    LQ_PLAYER_FIRST_HALF
};

static inline bool lq_client_id_same_by(const struct lq_client_id *a, const struct lq_client_id *b,
                                        enum lq_player_rule rule)
{
    return lq_client_id_same_player(a, b) &&
           (rule == LQ_PLAYER_FIRST_HALF || lq_client_id_equal(a, b));
}

#endif

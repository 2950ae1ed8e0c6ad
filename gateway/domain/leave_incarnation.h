// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* leave_incarnation.h - under which incarnation Leave is said for a player who was cut and did not
 * come back, by what the session remembers of it:
 *
 *   known, by a later incarnation        none: it is back
 *   known, by this one or an earlier     the one after the one that was cut
 *   not known, and the table has room    none: nothing of it was ever executed
 *   not known, and the table is full     one above the lowest there and above the one that was cut:
 *                                        it may have been evicted, and its body is still there
 *
 * The last one is by the time shortly before nobody was seen to be connected for the player. One
 * just above the lowest would be too old as soon as anybody else comes, and many go at once.
 * Whoever comes back takes an incarnation by the time as well, which is above all of these. Pure.
 */
#ifndef LQ_LEAVE_INCARNATION_H
#define LQ_LEAVE_INCARNATION_H

#include <stdbool.h>
#include <stdint.h>

/* What a session remembers of a player. */
struct lq_player_memory {
    bool is_known;
    bool is_full;         /* the table, of LQ_CLIENTS_MAX players */
    uint64_t incarnation; /* if it is known: of its newest one */
    uint64_t lowest;      /* of a full table */
};

/* 0: Leave is not said. */
uint64_t lq_leave_incarnation_choose(uint64_t cut, const struct lq_player_memory *memory,
                                     uint64_t by_time);

#endif

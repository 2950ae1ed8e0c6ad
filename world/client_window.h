// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_window.h - which commands of which player a session has used up.
 *
 * For each player: its newest incarnation, the highest sequence number that this has used, and a
 * map of the 64 below it. Bit i stands for highest - 1 - i. Apart from the world's players and
 * untouched by Leave. Entries are ordered by id bytes.
 *
 * Of a client whose entry it is:
 *
 *   above highest + 64      REFUSED   (a gap that big is a client gone wrong)
 *   above highest           EXECUTE
 *   highest, or bit set     DUPLICATE
 *   bit clear               EXECUTE
 *   below the map           REFUSED SEQUENCE_TOO_OLD
 *
 * Of any other, numbers up to 64 alone:
 *
 *   a later incarnation of a player that has an entry      takes it over, as a new one
 *   an earlier one                                         REFUSED SUPERSEDED
 *   another player, fewer than LQ_CLIENTS_MAX entries      a new entry
 *   another player, an incarnation above the lowest here   a new entry, and the lowest goes
 *   another player, any other incarnation                  REFUSED INCARNATION_TOO_OLD
 *
 * So what was lost is below all that stays, for ever: a table that was full once stays full, and
 * its lowest incarnation never falls. No copy finds its way back in.
 *
 * Frozen, with which entry goes (the lowest incarnation, of equal ones that of the lowest last
 * frame, then the first): delta version 1 (tick_delta.h) works windows out again by it.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_CLIENT_WINDOW_H
#define LQ_CLIENT_WINDOW_H

#include "base/result.h"
#include "world/identity.h"
#include "world/world_limits.h"

struct lq_client_window {
    struct lq_client_id client;
    uint64_t highest;    /* 1 or more */
    uint64_t used_map;   /* bit i: highest - 1 - i was used */
    uint64_t last_frame; /* the frame of this client's latest used command */
};

struct lq_client_windows {
    uint32_t count;
    struct lq_client_window entries[LQ_CLIENTS_MAX];
};

/* ---- not installed: for load ---- */

enum lq_window_verdict {
    LQ_WINDOW_EXECUTE = 1,
    LQ_WINDOW_DUPLICATE, /* *frame: used at or before it */
    LQ_WINDOW_TOO_OLD,   /* SEQUENCE_TOO_OLD */
    LQ_WINDOW_TOO_FAR,   /* SEQUENCE_TOO_FAR: more than 64 above, or above 64 for an id not known */
    LQ_WINDOW_ZERO,      /* SEQUENCE_ZERO: numbers start at 1 */
    LQ_WINDOW_SUPERSEDED,          /* SUPERSEDED: the player has a later incarnation */
    LQ_WINDOW_INCARNATION_TOO_OLD, /* INCARNATION_TOO_OLD: not above the lowest of a full table */
    LQ_WINDOW_CLIENTS_FULL         /* CLIENTS_FULL: of load 1 alone */
};

/* What to do with (client, sequence). *frame is set for DUPLICATE only. Changes nothing. */
enum lq_window_verdict lq_client_windows_judge(const struct lq_client_windows *windows,
                                               const struct lq_client_id *client, uint64_t sequence,
                                               uint64_t *frame);

/* Mark (client, sequence) used at `frame`. Only after EXECUTE from lq_client_windows_judge() with
 * the same arguments; may take over or evict an entry: of several with the lowest incarnation the
 * one silent longest, and of those the first. */
void lq_client_windows_use(struct lq_client_windows *windows, const struct lq_client_id *client,
                           uint64_t sequence, uint64_t frame);

/* The entry of the player that `client` is an incarnation of, the newest one; NULL: it has none. */
const struct lq_client_window *lq_client_windows_find(const struct lq_client_windows *windows,
                                                      const struct lq_client_id *client);

/* What the incarnation of a player without an entry must be above: the lowest one of a full table.
 * False: the table has room. */
bool lq_client_windows_lowest(const struct lq_client_windows *windows, uint64_t *incarnation);

/* Ordered by client, highest at least 1. */
bool lq_client_windows_valid(const struct lq_client_windows *windows);

/* The reason a verdict gives a client, static: "SEQUENCE_TOO_OLD", ... */
const char *lq_window_verdict_reason(enum lq_window_verdict verdict);

/* ---- what every version of load does with one entry ---- */

/* As lq_client_windows_judge(), of a client whose entry it is. `sequence` is not 0. */
enum lq_window_verdict lq_client_window_judge(const struct lq_client_window *entry,
                                              uint64_t sequence, uint64_t *frame);

/* Mark `sequence` used, which is not yet. Below the map nothing changes. */
void lq_client_window_use(struct lq_client_window *entry, uint64_t sequence, uint64_t frame);

/* The index of `client`, or the index at which it would stand; *found says which. */
uint32_t lq_client_windows_place(const struct lq_client_windows *windows,
                                 const struct lq_client_id *client, bool *found);

/* A client that has no entry gets one in which `sequence` alone is used. There is room. */
void lq_client_windows_add(struct lq_client_windows *windows, const struct lq_client_id *client,
                           uint64_t sequence, uint64_t frame);
void lq_client_windows_drop(struct lq_client_windows *windows, uint32_t index);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_window.h - which commands of which client a session has used up.
 *
 * For each client: the highest sequence number used, and a map of the 64 below it. Bit i stands for
 * highest - 1 - i. Apart from players and untouched by Leave. Clients are ordered by id bytes.
 *
 *   above highest + 64      REFUSED   (a gap that big is a client gone wrong)
 *   above highest           EXECUTE
 *   highest, or bit set     DUPLICATE
 *   bit clear               EXECUTE
 *   below the map           REFUSED SEQUENCE_TOO_OLD
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
    LQ_WINDOW_TOO_FAR,   /* SEQUENCE_TOO_FAR: more than 64 above, or an unknown client above 64 */
    LQ_WINDOW_CLIENTS_FULL, /* CLIENTS_FULL: no entry free or silent for long enough */
    LQ_WINDOW_ZERO          /* SEQUENCE_ZERO: numbers start at 1 */
};

/* What to do with (client, sequence). *frame is set for DUPLICATE only. Changes nothing. */
enum lq_window_verdict lq_client_windows_judge(const struct lq_client_windows *windows,
                                               const struct lq_client_id *client, uint64_t sequence,
                                               uint64_t frame_now, uint64_t *frame);

/* Mark (client, sequence) used at `frame`. Only after EXECUTE from lq_client_windows_judge() with
 * the same arguments; may evict the client that has been silent longest. A redriven command may be
 * older than the window: then nothing changes (its letter's own entry decides repeats). */
void lq_client_windows_use(struct lq_client_windows *windows, const struct lq_client_id *client,
                           uint64_t sequence, uint64_t frame);

/* Ordered by client, highest at least 1. */
bool lq_client_windows_valid(const struct lq_client_windows *windows);

/* The reason a verdict gives a client, static: "SEQUENCE_TOO_OLD", ... */
const char *lq_window_verdict_reason(enum lq_window_verdict verdict);

#endif

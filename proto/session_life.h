// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_life.h - what an operator decides about a session after its creation: whether it runs,
 * and its rate. Plain: known to the core, to its store, to lqctl.
 *
 *   runs --stop--> stopped --delete--> deleted
 *     ^               |
 *     +----start------+
 *
 * Of a stopped session no tick opens. A new rate takes effect in a frame of its own; until that is
 * made, the session is one whose rate changes.
 */
#ifndef LQ_SESSION_LIFE_H
#define LQ_SESSION_LIFE_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

struct lq_session_rate {
    uint32_t numerator, denominator; /* ticks in so many seconds; numerator 0: no grid */
};

static inline bool lq_session_rate_equal(struct lq_session_rate one, struct lq_session_rate other)
{
    return one.numerator == other.numerator &&
           (one.numerator == 0 || one.denominator == other.denominator);
}

/* What is not set stays as it is; nothing set: as it is. */
struct lq_session_change {
    bool sets_stopped, stopped;
    bool sets_rate;
    struct lq_session_rate rate;
};

/* As the broker knows it: of a session that is not resident nothing but that it runs. */
struct lq_session_life {
    bool stopped;
    struct lq_view parked_by;    /* the stage; empty: it is not parked */
    struct lq_session_rate rate; /* of its grid now */
    bool changes;                /* to `next`, with its next frame */
    struct lq_session_rate next;
};

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* durability.h - when the clients of a tenant hear of what was committed, and what becomes of its
 * records in the table. Plain: known to the core, to its store, to the mirror, to lqctl.
 *
 * A tenant has a policy of its own or, where it has none, the one that the configuration names for
 * all tenants.
 */
#ifndef LQ_DURABILITY_H
#define LQ_DURABILITY_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Their numbers stand on the wire and in the broker's store. */
enum lq_durability_policy {
    LQ_DURABILITY_LOCAL = 1, /* told when it is on the disk of this machine */
    LQ_DURABILITY_MIRRORED,  /* told when it is in the table as well */
    LQ_DURABILITY_LAST = LQ_DURABILITY_MIRRORED
};

#define LQ_DURABILITY_FLUSH_MS_MAX 3600000u
#define LQ_DURABILITY_HISTORY_DAYS_MAX 36500u

struct lq_durability {
    bool own;          /* set for this tenant */
    uint8_t policy;    /* enum lq_durability_policy */
    uint32_t flush_ms; /* how long its records may wait for more; 0: as the mirror is configured */
    uint32_t history_days; /* how long its segments are kept; 0: for ever */
};

/* "local", "mirrored". Lives for ever. */
static inline const char *lq_durability_name(uint8_t policy)
{
    return policy == LQ_DURABILITY_MIRRORED ? "mirrored" : "local";
}

/* The policy of that name; 0: there is none. */
static inline uint8_t lq_durability_find(struct lq_view name)
{
    for (uint8_t policy = LQ_DURABILITY_LOCAL; policy <= LQ_DURABILITY_LAST; policy++) {
        if (lq_view_equal(name, lq_view_text(lq_durability_name(policy)))) {
            return policy;
        }
    }
    return 0;
}

static inline bool lq_durability_valid(const struct lq_durability *durability)
{
    return durability->policy >= LQ_DURABILITY_LOCAL && durability->policy <= LQ_DURABILITY_LAST &&
           durability->flush_ms <= LQ_DURABILITY_FLUSH_MS_MAX &&
           durability->history_days <= LQ_DURABILITY_HISTORY_DAYS_MAX;
}

#endif

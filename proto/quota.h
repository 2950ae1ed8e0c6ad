// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* quota.h - what a tenant may use, by kind. Plain: known to the core, to its store, to lqctl.
 *
 * A tenant has a limit of its own or, where it has none, the one that the configuration names for
 * all tenants.
 */
#ifndef LQ_QUOTA_H
#define LQ_QUOTA_H

#include "base/contract.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Their numbers stand on the wire and in the broker's store: new ones go to the end. */
enum lq_quota_kind {
    LQ_QUOTA_COMMANDS,      /* new ones a second */
    LQ_QUOTA_TICKS,         /* opened a second */
    LQ_QUOTA_EXECUTIONS,    /* ticks under way */
    LQ_QUOTA_MAILBOX_BYTES, /* of commands that are not answered yet */
    LQ_QUOTA_SESSIONS_LIVE, /* resident: with a rate, or at work */
    LQ_QUOTA_PAYLOAD_BYTES, /* of commands and worlds under way */
    LQ_QUOTA_LETTERS,       /* open dead letters */
    LQ_QUOTA_WEIGHT,        /* of its turns beside others */
    LQ_QUOTA_KINDS
};

#define LQ_QUOTA_NO_LIMIT UINT64_MAX

struct lq_quota {
    uint32_t own; /* bit a kind: set for this tenant */
    uint64_t limits[LQ_QUOTA_KINDS];
};

static inline bool lq_quota_is_own(const struct lq_quota *quota, enum lq_quota_kind kind)
{
    return (quota->own >> kind & 1u) != 0;
}

/* A change of some: those of `given` that are also in `to.own` are set, the others given back. */
struct lq_quota_change {
    uint32_t given; /* bit a kind */
    struct lq_quota to;
};

/* Apply it; what it does not name stays. */
void lq_quota_apply(struct lq_quota *quota, const struct lq_quota_change *change);

/* "commands/s", "ticks/s", "executions", "mailbox-bytes", "sessions-live", "payload-bytes",
 * "letters", "weight": as options of lqctl and in reasons. Lives for ever. */
static inline const char *lq_quota_name(enum lq_quota_kind kind)
{
    static const char *const names[LQ_QUOTA_KINDS] = {
        [LQ_QUOTA_COMMANDS] = "commands/s",
        [LQ_QUOTA_TICKS] = "ticks/s",
        [LQ_QUOTA_EXECUTIONS] = "executions",
        [LQ_QUOTA_MAILBOX_BYTES] = "mailbox-bytes",
        [LQ_QUOTA_SESSIONS_LIVE] = "sessions-live",
        [LQ_QUOTA_PAYLOAD_BYTES] = "payload-bytes",
        [LQ_QUOTA_LETTERS] = "letters",
        [LQ_QUOTA_WEIGHT] = "weight",
    };

    LQ_ASSERT(kind < LQ_QUOTA_KINDS);
    return names[kind];
}

/* The most that a limit of that kind may be; the least is 1. A weight must be a number, any other
 * kind may also be LQ_QUOTA_NO_LIMIT. */
uint64_t lq_quota_most(enum lq_quota_kind kind);
bool lq_quota_valid(enum lq_quota_kind kind, uint64_t limit);

#endif

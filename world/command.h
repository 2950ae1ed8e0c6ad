// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* command.h - one client input, and what became of it.
 *
 *   PENDING --stage takes it--> APPLIED
 *      |  \--stage refuses----> REFUSED (reason)
 *      \--load knows it-------> DUPLICATE (of a frame), or REFUSED without using up its number
 *
 * Pure; depends on base/.
 */
#ifndef LQ_COMMAND_H
#define LQ_COMMAND_H

#include "base/result.h"
#include "world/identity.h"
#include "world/world_limits.h"

enum lq_command_kind {
    LQ_COMMAND_JOIN = 1,      /* a player enters with a body of its own */
    LQ_COMMAND_LEAVE,         /* the player and its body go */
    LQ_COMMAND_SPAWN,         /* a body without a player */
    LQ_COMMAND_DESPAWN,       /* a body goes */
    LQ_COMMAND_SET_THRUST,    /* a body accelerates until told otherwise */
    LQ_COMMAND_APPLY_IMPULSE, /* a body's velocity changes at once */
    LQ_COMMAND_SET_BEHAVIOR,  /* a body gets an agent, or its agent a new behaviour */
    LQ_COMMAND_CUSTOM,        /* opaque bytes for a user's stage */
    LQ_COMMAND_KIND_LAST = LQ_COMMAND_CUSTOM
};

enum lq_outcome {
    LQ_OUTCOME_PENDING = 1,
    LQ_OUTCOME_APPLIED,
    LQ_OUTCOME_REFUSED,       /* with a reason; recorded, its number is used up */
    LQ_OUTCOME_DUPLICATE,     /* applied before; not recorded again */
    LQ_OUTCOME_UNUSED,        /* refused with a reason before execution; its number is still free */
    LQ_OUTCOME_DEAD_LETTERED, /* only towards clients: kept as a dead letter */
    LQ_OUTCOME_LAST = LQ_OUTCOME_DEAD_LETTERED
};

/* One flat struct for all kinds; each kind uses the fields its comment names. */
struct lq_command {
    struct lq_client_id client;
    uint64_t sequence;
    uint64_t letter_id; /* not 0: a redrive of that dead letter */
    uint8_t kind;       /* enum lq_command_kind */
    uint8_t outcome;    /* enum lq_outcome */
    uint8_t body_kind;  /* SPAWN, JOIN */
    uint8_t behavior;   /* SET_BEHAVIOR: enum lq_behavior */
    uint32_t body_id; /* DESPAWN, SET_THRUST, APPLY_IMPULSE, SET_BEHAVIOR; 0 means the client's own
                         player's body */
    uint32_t target_id;    /* SET_BEHAVIOR: a body id, 0 for none */
    double x, y;           /* JOIN, SPAWN: metres. */
    float radius;          /* JOIN, SPAWN: metres */
    float vx, vy;          /* SPAWN: m/s. APPLY_IMPULSE: change of velocity times mass, kg m/s.
                              SET_THRUST: m/s^2. */
    float strength;        /* SET_BEHAVIOR: m/s^2 */
    struct lq_view custom; /* CUSTOM: at most LQ_CUSTOM_BYTES_MAX; lives with the tick's arena */
    uint64_t duplicate_of_frame;      /* DUPLICATE: applied at or before this frame */
    char reason[LQ_REASON_BYTES_MAX]; /* REFUSED and UNUSED: names the field at fault */
};

/* Whether the fields of a command are in range, whatever the world is. On LQ_ERR_INVALID, `reason`
 * (LQ_REASON_BYTES_MAX bytes) names the field and what was wrong with it. */
LQ_MUST_CHECK enum lq_result lq_command_check(const struct lq_command *command, char *reason);

/* Mark a command refused with a reason in printf style. */
void lq_command_refuse(struct lq_command *command, const char *format, ...) LQ_PRINTF(2, 3);

const char *lq_command_kind_name(uint8_t kind); /* "Join", ...; "?" when unknown */
const char *lq_outcome_name(uint8_t outcome);   /* "applied", ... */

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world.h - the state of one session as a structure of arrays: the columns of columns.def, which
 * has their units and limits.
 *
 * Every column of bodies has body_count entries, ordered by ascending body_id; agents are ordered
 * by ascending agent_body, players by client id bytes. All numbers are finite and no zero is
 * negative: lq_world_check() is the one place that says so. Pure; depends on base/.
 */
#ifndef LQ_WORLD_H
#define LQ_WORLD_H

#include "base/result.h"
#include "world/identity.h"
#include "world/world_limits.h"

enum lq_behavior {
    LQ_BEHAVIOR_IDLE = 1,
    LQ_BEHAVIOR_SEEK,   /* accelerate towards the target body */
    LQ_BEHAVIOR_FLEE,   /* accelerate away from the target body */
    LQ_BEHAVIOR_WANDER, /* accelerate in a random direction, drawn anew each step */
    LQ_BEHAVIOR_LAST = LQ_BEHAVIOR_WANDER
};

/* The types of columns. */
#define LQ_COLUMN_U8 uint8_t
#define LQ_COLUMN_U32 uint32_t
#define LQ_COLUMN_I32 int32_t
#define LQ_COLUMN_F32 float
#define LQ_COLUMN_F64 double
#define LQ_COLUMN_BEHAVIOR uint8_t
#define LQ_COLUMN_CLIENT struct lq_client_id

struct lq_world {
    uint32_t next_body_id; /* greater than every body_id; ids are never used twice */

    uint32_t body_count;
#define LQ_BODY_COLUMN(name, type, ...) LQ_COLUMN_##type name[LQ_BODIES_MAX];
#include "world/columns.def"

    uint32_t agent_count;
#define LQ_AGENT_COLUMN(name, type, ...) LQ_COLUMN_##type name[LQ_AGENTS_MAX];
#include "world/columns.def"

    uint32_t player_count;
#define LQ_PLAYER_COLUMN(name, type, ...) LQ_COLUMN_##type name[LQ_PLAYERS_MAX];
#include "world/columns.def"

    uint32_t tenant_bytes_count;
#define LQ_TENANT_COLUMN(name, type, ...) LQ_COLUMN_##type name[LQ_TENANT_BYTES_MAX];
#include "world/columns.def"
};

#define LQ_BODY_NONE UINT32_MAX

/* An empty world whose first body will get id 1. Touches only the counts. */
void lq_world_clear(struct lq_world *world);

/* Copies the counts and the used part of each column. */
void lq_world_copy(struct lq_world *to, const struct lq_world *from);

/* The index of body `id`, or LQ_BODY_NONE. O(log n). */
uint32_t lq_world_find_body(const struct lq_world *world, uint32_t id);

/* The index of the agent of body `id`, or LQ_BODY_NONE. O(log n). */
uint32_t lq_world_find_agent(const struct lq_world *world, uint32_t body_id);

/* The index of the player that `client` is an incarnation of, or LQ_BODY_NONE. O(n). */
uint32_t lq_world_find_player(const struct lq_world *world, const struct lq_client_id *client);

/* Appends a resting body and returns its index; its id is the world's next.
 * LQ_BODY_NONE: the world is full, or its ids are used up. */
uint32_t lq_world_add_body(struct lq_world *world, uint8_t kind, double x, double y, float radius);

/* The index of the player whose body is `body_id`, or LQ_BODY_NONE. O(n). */
uint32_t lq_world_find_owner(const struct lq_world *world, uint32_t body_id);

/* Gives the player of `client` the body `body_id`; the id stays with it, whichever incarnations
 * follow. LQ_ERR_FULL: no room; LQ_ERR_EXISTS: it has one; LQ_ERR_NOT_FOUND: no such body. */
LQ_MUST_CHECK enum lq_result
lq_world_add_player(struct lq_world *world, const struct lq_client_id *client, uint32_t body_id);

/* Removes body `index` with its agent and its players, keeping the order of the rest. Agents whose
 * target it was have none from now on. */
void lq_world_remove_body(struct lq_world *world, uint32_t index);

/* Gives body `body_id` an agent or changes the one it has. LQ_ERR_FULL: no room; LQ_ERR_NOT_FOUND:
 * no such body. */
LQ_MUST_CHECK enum lq_result lq_world_set_agent(struct lq_world *world, uint32_t body_id,
                                                uint8_t behavior, uint32_t target, float strength);

/* Whether the world is well formed: counts in bounds, ids ascending, references alive, every number
 * finite and inside its limits, no negative zero. On LQ_ERR_INVALID, *where names the first column
 * at fault (static text). */
LQ_MUST_CHECK enum lq_result lq_world_check(const struct lq_world *world, const char **where);

/* ---- not installed: for the versions of stages ---- */

uint32_t lq_world_find_player_by(const struct lq_world *world, const struct lq_client_id *client,
                                 enum lq_player_rule rule);
LQ_MUST_CHECK enum lq_result lq_world_add_player_by(struct lq_world *world,
                                                    const struct lq_client_id *client,
                                                    uint32_t body_id, enum lq_player_rule rule);

#endif

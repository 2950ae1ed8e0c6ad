// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world_changes.h - what is not the same in two worlds: by body, agent and player, and field.
 *
 * Bodies are told by their ids, agents by their body's, players by their clients; all in ascending
 * order, first bodies, then agents, then players, then what the world has beside them. What is in
 * one of the worlds alone is one difference, without its fields. Numbers are compared bit by bit.
 * Pure; depends on world/.
 */
#ifndef LQ_WORLD_CHANGES_H
#define LQ_WORLD_CHANGES_H

#include "world/world.h"

enum lq_difference_of {
    LQ_DIFFERENCE_OF_BODY = 1,
    LQ_DIFFERENCE_OF_AGENT,
    LQ_DIFFERENCE_OF_PLAYER,
    LQ_DIFFERENCE_OF_WORLD /* next_body_id, tenant_bytes */
};

enum lq_difference_kind {
    LQ_DIFFERENCE_ADDED = 1, /* it is in the second world alone */
    LQ_DIFFERENCE_REMOVED,
    LQ_DIFFERENCE_CHANGED /* a field of it */
};

enum lq_field_type {
    LQ_FIELD_INTEGER = 1,
    LQ_FIELD_NUMBER,
    LQ_FIELD_BEHAVIOR, /* an integer: enum lq_behavior */
    LQ_FIELD_BYTES
};

struct lq_field_value {
    enum lq_field_type type;
    int64_t integer; /* INTEGER, BEHAVIOR */
    double number;   /* NUMBER: exact, of a float too */
    bool is_float;   /* NUMBER: it was one; nine digits tell it apart, else seventeen */
    struct lq_view bytes;
};

/* `field` and values: of CHANGED. Bytes live as long as the worlds. */
struct lq_world_change {
    enum lq_difference_of of;
    enum lq_difference_kind kind;
    uint32_t body;              /* of a body or an agent: its id; of a player: 0 */
    struct lq_client_id client; /* of a player */
    const char *field;          /* as world.h has it without the prefix of its row; static */
    struct lq_field_value before, after;
};

/* Called for each; false: stop. */
typedef bool (*lq_world_changes_fn)(void *context, const struct lq_world_change *difference);

/* Both are well formed (lq_world_check). Returns how many were told. */
uint32_t lq_world_changes_each(const struct lq_world *before, const struct lq_world *after,
                               lq_world_changes_fn each, void *context);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* state_text.h - the content of a state message: a world whole, or what a client that holds another
 * snapshot of it must hear to hold this one.
 *
 *     what it holds: bodies of `base` that touched `base_view`
 *     what it shall hold: bodies of `now` that touch `view`
 *
 * Clients with the same base and the same views get the same content, so it is made once for them.
 * Pure.
 */
#ifndef LQ_STATE_TEXT_H
#define LQ_STATE_TEXT_H

#include "base/json_writer.h"
#include "gateway/domain/player_message.h"
#include "gateway/domain/world_snapshot.h"
#include "world/tick.h"

struct lq_state_change {
    const struct lq_world_snapshot *base; /* NULL: the client holds nothing */
    const struct lq_world_snapshot *now;
    struct lq_view_rectangle base_view, view;
    const struct lq_session_config *config;
};

/* Indices of bodies, for the call. */
struct lq_state_scratch {
    uint32_t new_count, moved_count, gone_count;
    uint16_t new_bodies[LQ_BODIES_MAX];   /* of now */
    uint16_t moved_bodies[LQ_BODIES_MAX]; /* of now */
    uint16_t gone_bodies[LQ_BODIES_MAX];  /* of base */
};

bool lq_state_text_same_view(const struct lq_view_rectangle *a, const struct lq_view_rectangle *b);

/* Append the keys of the content, "bodies" to "world", to the object that is open in `writer`. */
void lq_state_text_write(struct lq_json_writer *writer, const struct lq_state_change *change,
                         struct lq_state_scratch *scratch);

/* More bytes than the content of any state of this snapshot has. */
size_t lq_state_text_bytes_max(const struct lq_world_snapshot *base,
                               const struct lq_world_snapshot *now);

#endif

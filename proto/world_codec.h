// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world_codec.h - for the other codecs: a world, a configuration or a command inside their message.
 */
#ifndef LQ_WORLD_CODEC_H
#define LQ_WORLD_CODEC_H

#include "base/arena.h"
#include "proto/wire_out.h"
#include "world/tick.h"

/* As field `number` of the message under way. */
void lq_world_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_world *world);
void lq_world_codec_put_config(struct lq_wire_out *out, uint32_t number,
                               const struct lq_session_config *config);

/* From an encoded World, checked with lq_world_check(). */
LQ_MUST_CHECK enum lq_result lq_world_codec_take(struct lq_view message, struct lq_world *world,
                                                 const char **where);

/* From an encoded SessionConfig. Its ranges are the caller's business: who creates a session
 * answers with the reason. */
LQ_MUST_CHECK enum lq_result lq_world_codec_take_config(struct lq_view message,
                                                        struct lq_session_config *config,
                                                        const char **where);

/* The fields of a command's body, without a key of their own. */
void lq_command_codec_put(struct lq_wire_out *out, const struct lq_command *command);

/* From an encoded Command; a kind that does not exist is left to the caller. Custom bytes are
 * copied to `arena`. */
LQ_MUST_CHECK enum lq_result lq_command_codec_take(struct lq_view message, struct lq_arena *arena,
                                                   struct lq_command *command, const char **where);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world_codec.h - for the other codecs: a world, a configuration or a command inside their message.
 */
#ifndef LQ_WORLD_CODEC_H
#define LQ_WORLD_CODEC_H

#include "proto/wire_out.h"
#include "world/tick.h"

struct Ledgerquest__V1__World;
struct Ledgerquest__V1__SessionConfig;
struct Ledgerquest__V1__Command;

/* As field `number` of the message under way. */
void lq_world_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_world *world);
void lq_world_codec_put_config(struct lq_wire_out *out, uint32_t number,
                               const struct lq_session_config *config);

/* From the unpacked message; a world is checked with lq_world_check(), a configuration is not
 * checked. */
LQ_MUST_CHECK enum lq_result lq_world_codec_take(const struct Ledgerquest__V1__World *message,
                                                 struct lq_world *world, const char **where);
void lq_world_codec_take_config(const struct Ledgerquest__V1__SessionConfig *message,
                                struct lq_session_config *config);

/* The fields of a command's body, without a key of their own. */
void lq_command_codec_put(struct lq_wire_out *out, const struct lq_command *command);

/* The body of a command; a kind that does not exist is left to the caller. */
LQ_MUST_CHECK enum lq_result lq_command_codec_take(const struct Ledgerquest__V1__Command *message,
                                                   struct lq_command *command, const char **where);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* body_control.h - which body a command means, and whether its client may touch it.
 *
 * Body 0 is the body of the client's own player, whichever of its incarnations had it. A body of
 * another player is not to be touched; bodies without a player are everybody's. Every stage that
 * takes commands for bodies asks here, so that all refuse alike. Pure; depends on base/. */
#ifndef LQ_BODY_CONTROL_H
#define LQ_BODY_CONTROL_H

#include "world/command.h"
#include "world/world.h"

/* The index of the body that `command` means, or LQ_BODY_NONE; then the command is refused with the
 * reason. */
uint32_t lq_body_control_find(const struct lq_world *world, struct lq_command *command);

/* ---- not installed: for the versions of stages ---- */

uint32_t lq_body_control_find_by(const struct lq_world *world, struct lq_command *command,
                                 enum lq_player_rule rule);

#endif

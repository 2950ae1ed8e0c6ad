// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* body_commands.h - what every version of physics makes of clients' commands; they differ in who is
 * a player. Pure; depends on world/. */
#ifndef LQ_BODY_COMMANDS_H
#define LQ_BODY_COMMANDS_H

#include "world/tick.h"

/* Apply or refuse each pending Join, Leave, Spawn, Despawn, SetThrust and ApplyImpulse, in order.
 */
void lq_body_commands_take(struct lq_tick *tick, enum lq_player_rule rule);

#endif

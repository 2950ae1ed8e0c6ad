// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* body_commands_v1.h - what physics version 1 makes of clients' commands. Pure; depends on world/.
 */
#ifndef LQ_BODY_COMMANDS_V1_H
#define LQ_BODY_COMMANDS_V1_H

#include "world/tick.h"

/* Apply or refuse each pending Join, Leave, Spawn, Despawn, SetThrust and ApplyImpulse, in order.
 */
void lq_body_commands_v1_take(struct lq_tick *tick);

#endif

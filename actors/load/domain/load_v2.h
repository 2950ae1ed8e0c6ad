// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* load_v2.h - what load, version 2, does to a tick: a client is an incarnation of a player, and a
 * player has one entry (world/client_window.h). Frozen: a change of what it yields is a version 3
 * beside it. Pure; depends on world/. */
#ifndef LQ_LOAD_V2_H
#define LQ_LOAD_V2_H

#include "world/tick.h"

void lq_load_v2_step(struct lq_tick *tick);

#endif

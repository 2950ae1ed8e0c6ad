// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* load_v1.h - what load, version 1, does to a tick: every client id is a client of its own
 * (client_window_v1.h). Frozen. Pure; depends on world/. */
#ifndef LQ_LOAD_V1_H
#define LQ_LOAD_V1_H

#include "world/tick.h"

void lq_load_v1_step(struct lq_tick *tick);

#endif

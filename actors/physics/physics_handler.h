// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* physics_handler.h - stage physics, version 1, behind the actor runtime. */
#ifndef LQ_PHYSICS_HANDLER_H
#define LQ_PHYSICS_HANDLER_H

#include "actors/runtime/actor_runtime.h"

/* An lq_tick_stage_fn; never fails. */
enum lq_result lq_physics_handler_step(struct lq_tick *tick, struct lq_stage_failure *failure);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ai_handler.h - stage ai, version 1, behind the actor runtime. */
#ifndef LQ_AI_HANDLER_H
#define LQ_AI_HANDLER_H

#include "actors/runtime/actor_runtime.h"

/* An lq_tick_stage_fn; never fails. */
enum lq_result lq_ai_handler_step(struct lq_tick *tick, struct lq_stage_failure *failure);

#endif

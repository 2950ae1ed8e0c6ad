// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* work_counts.h - what an actor has done, batch by batch, for its heartbeats. */
#ifndef LQ_WORK_COUNTS_H
#define LQ_WORK_COUNTS_H

#include "actors/runtime/stage_batch.h"
#include "proto/actor_counts.h"

/* Add a batch of work that is answered now. `writes`: its stage makes records. */
void lq_work_counts_add(struct lq_actor_counts *counts, const struct lq_stage_batch *batch,
                        bool writes);

#endif

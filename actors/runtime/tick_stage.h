// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tick_stage.h - a stage of one's own: one function over a tick, and the program around it.
 *
 *     #include <ledgerquest/tick_stage.h>
 *
 *     static enum lq_result step(struct lq_tick *tick, struct lq_stage_failure *failure) {...}
 *     int main(int argc, char **argv)
 *     {
 *         return lq_actor_run_tick_stage(argc, argv, "score", 1, step);
 *     }
 *
 * A stage may change the tick's world, emit events (lq_tick_emit), and take pending commands: their
 * outcome becomes APPLIED, or they are refused (lq_command_refuse). It is a pure function of the
 * tick: no clock, no random numbers, no memory between ticks, no file; else two tries of a tick
 * differ. Registration, batches, heartbeats, time limits and retirement are the library's.
 */
#ifndef LQ_TICK_STAGE_H
#define LQ_TICK_STAGE_H

#include "world/tick.h"

/* Why an item failed, as the stage names it. */
struct lq_stage_failure {
    char error[64];            /* "Score.TableMissing"; not under "States." */
    char cause[256];           /* for people */
    uint32_t command_at_fault; /* index plus one; 0, or beyond the tick's commands: not known */
};

/* Change `tick`. LQ_OK: done. Anything else: failed, with `failure` filled in. Called on the stage
 * thread only. */
typedef enum lq_result (*lq_tick_stage_fn)(struct lq_tick *tick, struct lq_stage_failure *failure);

/* The whole main() of such a stage; adds (name, version) to the tick's stages. Returns the exit
 * code. */
int lq_actor_run_tick_stage(int argc, char **argv, const char *name, uint32_t version,
                            lq_tick_stage_fn step);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_loop.h - the communication thread: socket, signals, the stage thread's answers, the clock.
 */
#ifndef LQ_ACTOR_LOOP_H
#define LQ_ACTOR_LOOP_H

#include "actors/runtime/actor_options.h"
#include "actors/runtime/stage_thread.h"

/* What an actor starts with; all borrowed. */
struct lq_actor_start {
    const struct lq_actor_options *options;
    const struct lq_batch_stage *stage;
    struct lq_progress_cell *cell;
    struct lq_execution_id suspect; /* of the incarnation before */
    const char *endpoint;
    int signal_descriptor; /* a signalfd */
};

/* Runs until retired or beyond help; the exit code. The signals of the descriptor must be blocked
 * in every thread. SIGTERM and SIGINT retire, others are named. *joined: the stage thread has
 * ended; if not, it hangs and the process must leave with _exit(). */
int lq_actor_loop_run(const struct lq_actor_start *start, bool *joined);

#endif

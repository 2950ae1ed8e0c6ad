// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* processor_turns.h - how the cluster's threads share processors that are all busy.
 *
 * A batch passes some ten threads on its way through a stage. By default Linux lets each that wakes
 * up push aside whoever computes: the processors would change hands 37,000 times a second where
 * 25,000 do. And it lets a thread that computes go on for some milliseconds while others wait: one
 * long tick beside a short one would cost the short one that at each thread. So these threads
 * neither push others aside (SCHED_BATCH) nor compute for long at a time (a short slice, which
 * Linux takes a wish for from 6.12 on). Where a processor is idle, neither makes a difference.
 */
#ifndef LQ_PROCESSOR_TURNS_H
#define LQ_PROCESSOR_TURNS_H

/* For this thread, and for those that it starts. Changes nothing where somebody chose another
 * policy than the usual one for this process; keeps its niceness. */
void lq_processor_turns_share(void);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* processor_turns.h - how the cluster's threads share processors that are all busy.
 *
 * The kernel lets a thread that computes run to the end of its slice, some milliseconds, before
 * one that wakes up gets the processor. A tick of anybody passes some ten threads at each stage, so
 * one long tick beside it would cost it that many times. Linux from 6.12 on takes a wish for the
 * length; an older kernel does as it did. Where all have the same short one, a thread that wakes up
 * does not push aside who has just begun; where a processor is idle, it makes no difference.
 */
#ifndef LQ_PROCESSOR_TURNS_H
#define LQ_PROCESSOR_TURNS_H

/* For this thread, and for those that it starts. Changes nothing where somebody chose another
 * policy than the usual one for this process; keeps its niceness. */
void lq_processor_turns_shorten(void);

#endif

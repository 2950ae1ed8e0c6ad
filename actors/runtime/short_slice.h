// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* short_slice.h - a tick that takes long leaves its processor to others soon.
 *
 * The kernel lets a thread that computes run to the end of its slice, some milliseconds, before one
 * that wakes up gets the processor. A tick of anybody passes some fifteen threads, so one long tick
 * beside it would cost it that many times. Linux from 6.12 on takes a wish for the length; an older
 * kernel does as it did.
 */
#ifndef LQ_SHORT_SLICE_H
#define LQ_SHORT_SLICE_H

/* For this thread, and for those that it starts. */
void lq_short_slice_ask(void);

#endif

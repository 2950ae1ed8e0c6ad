// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* instance_cell.h - RUNTIME/progress/INSTANCE: what a local actor leaves where it outlives it.
 *
 * 64 bytes, numbers little endian. The actor maps the file and writes; the next incarnation reads
 * the first two words, the broker the rest. While the actor lives it holds two locks on the file: a
 * BSD lock that keeps the instance single, and a POSIX record lock over all of it, of which the
 * kernel tells who holds it: no pid has to be believed. Prose: docs/protocol.md.
 */
#ifndef LQ_INSTANCE_CELL_H
#define LQ_INSTANCE_CELL_H

enum {
    LQ_CELL_EPOCH_WORD = 0, /* the execution at work; zeroes: none */
    LQ_CELL_COUNTER_WORD = 1,
    LQ_CELL_SIGN_WORD = 2,    /* the newest sign of life: CLOCK_MONOTONIC, nanoseconds */
    LQ_CELL_LEAVING_WORD = 3, /* not 0: it was asked to end, and will not say READY again */
    LQ_CELL_STAGE_WORD = 4,   /* 32 bytes of name, zeroes behind it */
    LQ_CELL_WORDS = 8,
    LQ_CELL_BYTES = 64,
    LQ_CELL_STAGE_BYTES = 32
};

#endif

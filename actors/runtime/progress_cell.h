// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* progress_cell.h - which execution this process works on, written where it outlives the process.
 *
 * A file of 16 bytes, RUNTIME/progress/INSTANCE, mapped into memory: the execution's epoch and
 * counter, little endian; zeroes when no item is at work. Writing is two stores. After a crash the
 * next incarnation finds its suspect there. A lock on the file keeps an instance single.
 */
#ifndef LQ_PROGRESS_CELL_H
#define LQ_PROGRESS_CELL_H

#include "base/result.h"
#include "world/identity.h"

struct lq_progress_cell {
    int descriptor; /* -1: closed */
    uint64_t *words;
};

/* *suspect is what the previous incarnation left (zeroes: nothing); the cell is cleared.
 * LQ_ERR_BUSY: another process of this instance lives. LQ_ERR_IO. `message` has 256 bytes. */
LQ_MUST_CHECK enum lq_result lq_progress_cell_open(struct lq_progress_cell *cell,
                                                   const char *runtime_dir, const char *instance,
                                                   struct lq_execution_id *suspect, char *message);
void lq_progress_cell_close(struct lq_progress_cell *cell);

void lq_progress_cell_set(struct lq_progress_cell *cell, struct lq_execution_id execution);
void lq_progress_cell_clear(struct lq_progress_cell *cell);

#endif

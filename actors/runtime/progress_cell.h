// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* progress_cell.h - which execution this process works on, written where it outlives the process.
 *
 * RUNTIME/progress/INSTANCE, mapped into memory; its layout is in proto/instance_cell.h. Writing is
 * two stores. After a crash the next incarnation finds its suspect there. A lock on the file keeps
 * an instance single. A broker that never heard of us finds there who we are, and by our signs of
 * life whether we are frozen.
 */
#ifndef LQ_PROGRESS_CELL_H
#define LQ_PROGRESS_CELL_H

#include "base/error_message.h"
#include "base/result.h"
#include "world/identity.h"

struct lq_progress_cell {
    int descriptor;  /* -1: closed */
    uint64_t *words; /* LQ_CELL_WORDS */
};

/* *suspect is what the previous incarnation left (zeroes: nothing); the cell is cleared.
 * LQ_ERR_BUSY: another process of this instance lives. LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_progress_cell_open(struct lq_progress_cell *cell,
                                                   const char *runtime_dir, const char *instance,
                                                   const char *stage,
                                                   struct lq_execution_id *suspect,
                                                   struct lq_error_message *message);
void lq_progress_cell_close(struct lq_progress_cell *cell);

void lq_progress_cell_set(struct lq_progress_cell *cell, struct lq_execution_id execution);
void lq_progress_cell_clear(struct lq_progress_cell *cell);

/* A sign of life, by the thread that talks with the broker; at least each second. */
void lq_progress_cell_sign(struct lq_progress_cell *cell, uint64_t now_ns);

/* This process ends as it was asked to: nobody shall wait for its READY. */
void lq_progress_cell_leave(struct lq_progress_cell *cell);

#endif

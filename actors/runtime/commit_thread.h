// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* commit_thread.h - ends batches beside the stage thread: while a commit waits for the disk, the
 * items of the next batch are worked.
 *
 * One batch is at work, one may wait; they end in the order they were given. The stage thread
 * gives, and it waits when it needs the ledger for itself or the memory of a batch before.
 */
#ifndef LQ_COMMIT_THREAD_H
#define LQ_COMMIT_THREAD_H

#include "actors/runtime/item_clock.h"
#include "actors/runtime/stage_batch.h"

#include <pthread.h>

/* Both are called on the commit thread. */
struct lq_commit_thread_calls {
    void *context;
    bool (*end)(void *context, struct lq_stage_batch *batch); /* false: there is no answer */
    void (*hand_back)(void *context, struct lq_stage_batch *batch);
};

struct lq_commit_thread {
    struct lq_commit_thread_calls calls;
    struct lq_item_clock clock; /* IDLE, or END while `at_work` ends */
    pthread_t thread;

    pthread_mutex_t lock; /* everything below */
    pthread_cond_t wake;  /* something to do */
    pthread_cond_t moved; /* a batch was begun or ended */
    struct lq_stage_batch *waiting, *at_work;
    bool quit;
};

void lq_commit_thread_start(struct lq_commit_thread *thread,
                            const struct lq_commit_thread_calls *calls);

/* Ends the thread after all that was given. Blocks. */
void lq_commit_thread_stop(struct lq_commit_thread *thread);

/* At most one batch may be in the thread's hands, see lq_commit_thread_wait(). Waits until that one
 * is begun. */
void lq_commit_thread_give(struct lq_commit_thread *thread, struct lq_stage_batch *batch);

bool lq_commit_thread_idle(struct lq_commit_thread *thread);

/* On the thread that watches: true when the batch at work was over its time and was stopped for
 * good. `usual_ms` and *next_check_ns as in lq_stage_thread_overdue(). */
bool lq_commit_thread_overdue(struct lq_commit_thread *thread, uint64_t now_ns, uint64_t usual_ms,
                              struct lq_stage_batch **batch, uint64_t *next_check_ns);

/* Blocks until at most `left` batches are in the thread's hands. */
void lq_commit_thread_wait(struct lq_commit_thread *thread, uint32_t left);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stage_thread.h - the thread that does the work, and the hand-over to it and back.
 *
 * The communication thread gives batches and collects them worked; both in order, under one mutex
 * that is held for a few instructions a batch. It starts the stage thread and wakes it over the
 * thread's pipe, when it sleeps; it polls itself an eventfd beside its socket, to which both the
 * stage thread and the commit thread write.
 *
 *   OPENING --open()--> SERVING <--probe / pause--> PAUSED
 *      |                   |
 *      | open() failed     | commit of unknown fate
 *      v                   v
 *   UNOPENED              LOST
 *
 * A stage that ends its batches beside (persist) gives them to the commit thread, unless that one
 * has nothing to do and no batch waits here: then there is nothing to gain but the way to another
 * thread.
 *
 * RESOLVE needs no memory of its own of what was dispatched: the broker's messages arrive in order
 * over one connection, are worked in order by this one thread, and a RESOLVE waits for the commit
 * thread, so whatever was dispatched before a RESOLVE is committed, refused or dropped when the
 * RESOLVE looks into the ledger. A dispatch to
 * another process is fenced by the writer epoch.
 */
#ifndef LQ_STAGE_THREAD_H
#define LQ_STAGE_THREAD_H

#include "actors/runtime/commit_thread.h"
#include "actors/runtime/progress_cell.h"
#include "actors/runtime/stage_batch.h"
#include "transport/piped_thread.h"

#include <pthread.h>

enum lq_stage_condition {
    LQ_STAGE_OPENING = 1,
    LQ_STAGE_UNOPENED,
    LQ_STAGE_SERVING,
    LQ_STAGE_PAUSED,
    LQ_STAGE_LOST
};

/* Batches in hand: credit, one left over from an older epoch, and RESOLVEs. */
#define LQ_STAGE_RESOLVES_MAX 4u
#define LQ_STAGE_BATCHES_MAX (8u + 1u + LQ_STAGE_RESOLVES_MAX)

struct lq_stage_queue {
    struct lq_stage_batch *batches[LQ_STAGE_BATCHES_MAX];
    uint32_t first, count;
};

struct lq_stage_thread {
    const struct lq_batch_stage *stage;
    const struct lq_cluster_config *cluster;
    struct lq_progress_cell *cell;
    struct lq_item_clock clock;
    struct lq_commit_thread commits; /* of a stage that ends its batches beside */
    uint32_t next_slot;
    lq_piped_thread_t *thread;
    int done_descriptor; /* readable when something was finished or the condition changed */

    pthread_mutex_t lock; /* everything below */
    bool asleep;          /* the stage thread: until it is woken, */
    bool probing;         /* or, paused, until it is time for a probe */
    struct lq_stage_queue waiting, done;
    struct lq_stage_batch *working; /* NULL: none */
    bool quit;
    enum lq_stage_condition condition;
    enum lq_result fault;  /* UNOPENED, LOST */
    uint64_t writer_epoch; /* after open() */
    char reason[256];      /* UNOPENED, PAUSED, LOST */
    char remark[256];      /* SERVING: what the stage has to say of itself; may be empty */
};

/* What the communication thread gets to see. */
struct lq_stage_report {
    enum lq_stage_condition condition;
    enum lq_result fault;
    uint64_t writer_epoch;
    char reason[256];
    char remark[256];
};

/* Starts the thread, which opens the stage. Everything is borrowed until lq_stage_thread_stop().
 * LQ_ERR_LIMIT: no descriptor or thread is left. */
LQ_MUST_CHECK enum lq_result lq_stage_thread_start(struct lq_stage_thread *thread,
                                                   const struct lq_batch_stage *stage,
                                                   const struct lq_cluster_config *cluster,
                                                   struct lq_progress_cell *cell,
                                                   struct lq_error_message *message);

/* Ends the thread after the batch at work, closes the stage. Blocks. */
void lq_stage_thread_stop(struct lq_stage_thread *thread);

void lq_stage_thread_give(struct lq_stage_thread *thread, struct lq_stage_batch *batch);

/* The next batch that is finished, or NULL; and the condition as it was then, which a batch's
 * answers may have brought about. */
struct lq_stage_batch *lq_stage_thread_collect(struct lq_stage_thread *thread,
                                               struct lq_stage_report *report);

/* Take back, one a call, what was given but not begun: all (epoch 0) or all but that of `epoch`. */
struct lq_stage_batch *lq_stage_thread_take_back(struct lq_stage_thread *thread, uint64_t epoch);

/* An item or a commit over its time. */
struct lq_stage_overdue {
    struct lq_stage_batch *batch;
    uint32_t item_index; /* LQ_BATCH_ITEMS_MAX: the whole batch, in its commit */
};

/* True: the stage thread was stopped there for good and the process must exit. `usual_ms` stands
 * for a timeout of 0. *next_check_ns is when to look again. */
bool lq_stage_thread_overdue(struct lq_stage_thread *thread, uint64_t now_ns, uint64_t usual_ms,
                             struct lq_stage_overdue *overdue, uint64_t *next_check_ns);

#endif

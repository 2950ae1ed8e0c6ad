// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/stage_thread.h"

#include "base/clock.h"
#include "base/error_message.h"
#include "base/log.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PROBE_INTERVAL_NS (200 * LQ_NS_PER_MS)
#define LOOK_AGAIN_NS LQ_NS_PER_S
#define MANY_ITEMS 64u
#define USUAL_ITEM_MS 900u /* when the broker named no time */

static void push_batch(struct lq_stage_queue *queue, struct lq_stage_batch *batch)
{
    LQ_ASSERT(queue->count < LQ_STAGE_BATCHES_MAX);
    queue->batches[(queue->first + queue->count) % LQ_STAGE_BATCHES_MAX] = batch;
    queue->count++;
}

static struct lq_stage_batch *pop_batch(struct lq_stage_queue *queue)
{
    if (queue->count == 0) {
        return NULL;
    }
    struct lq_stage_batch *batch = queue->batches[queue->first];
    queue->first = (queue->first + 1) % LQ_STAGE_BATCHES_MAX;
    queue->count--;
    return batch;
}

/* ---- on the stage thread ---- */

static void notify(struct lq_stage_thread *thread)
{
    uint64_t one = 1;

    ssize_t written = write(thread->done_descriptor, &one, sizeof one);
    LQ_ASSERT(written == (ssize_t)sizeof one);
}

/* The communication thread has given this batch back to the broker and is about to end the process.
 */
LQ_NORETURN static void halt(void)
{
    for (;;) {
        pause();
    }
}

/* The time of the move. */
static uint64_t enter(struct lq_stage_thread *thread, uint32_t place)
{
    uint64_t now_ns = lq_clock_monotonic_ns();

    if (!lq_item_clock_move(&thread->clock, place, now_ns)) {
        halt();
    }
    return now_ns;
}

static void set_condition(struct lq_stage_thread *thread, enum lq_stage_condition condition,
                          enum lq_result fault, const char *reason)
{
    pthread_mutex_lock(&thread->lock);
    thread->condition = condition;
    thread->fault = fault;
    snprintf(thread->reason, sizeof thread->reason, "%s", reason);
    pthread_mutex_unlock(&thread->lock);
    notify(thread);
}

static void set_remark(struct lq_stage_thread *thread, const char *remark)
{
    pthread_mutex_lock(&thread->lock);
    snprintf(thread->remark, sizeof thread->remark, "%.*s", (int)sizeof thread->remark - 1, remark);
    pthread_mutex_unlock(&thread->lock);
}

static enum lq_stage_condition condition_now(struct lq_stage_thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    enum lq_stage_condition condition = thread->condition;
    pthread_mutex_unlock(&thread->lock);
    return condition;
}

static void hand_back(void *context, struct lq_stage_batch *batch)
{
    struct lq_stage_thread *thread = context;

    pthread_mutex_lock(&thread->lock);
    push_batch(&thread->done, batch);
    pthread_mutex_unlock(&thread->lock);
    notify(thread);
}

/* The clock's place for an item; behind the last one: the end. */
static uint32_t place_of(const struct lq_stage_batch *batch, uint32_t index)
{
    return index < batch->item_count ? LQ_ITEM_CLOCK_ITEM_BASE + index : LQ_ITEM_CLOCK_END;
}

/* One item after the other, until half a lease is used up: what has not begun by then goes back,
 * so that items which suddenly take a thousand times as long do not hold the actor for a batch. */
static void work_items(struct lq_stage_thread *thread, struct lq_stage_batch *batch)
{
    const struct lq_batch_stage *stage = thread->stage;
    uint64_t began_ns = enter(thread, place_of(batch, 0));
    uint64_t until_ns = began_ns + lq_stage_batch_item_limit_ns(batch, USUAL_ITEM_MS) / 2;

    while (batch->worked_count < batch->item_count && began_ns < until_ns) {
        uint32_t index = batch->worked_count++;
        lq_progress_cell_set(thread->cell, batch->items[index].execution);
        stage->item(stage->state, &batch->items[index], &batch->answers[index], &batch->out);
        uint64_t now_ns = enter(thread, place_of(batch, index + 1));
        batch->item_ns[index] = now_ns - began_ns;
        began_ns = now_ns;
    }
    enter(thread, LQ_ITEM_CLOCK_END);
    /* Before the commit: a crash in it is no item's fault. */
    lq_progress_cell_clear(thread->cell);
}

/* On the stage thread or the commit thread. Paused by the batch before: this one goes back
 * unworked. False: what became of it is not known, so it gets no answer. */
static bool end_batch(void *context, struct lq_stage_batch *batch)
{
    struct lq_stage_thread *thread = context;
    const struct lq_batch_stage *stage = thread->stage;
    enum lq_result result = LQ_OK;
    struct lq_error_message message = {""};
    uint64_t ending_ns = lq_clock_monotonic_ns();

    if (condition_now(thread) != LQ_STAGE_SERVING) {
        lq_stage_batch_return_all(batch);
    } else if (stage->batch_end != NULL) {
        result = stage->batch_end(stage->state, batch->slot, batch->answers, batch->item_count,
                                  &batch->out, &message);
    }
    uint64_t ended_ns = lq_clock_monotonic_ns();
    batch->service_us = (uint32_t)((ended_ns - batch->begun_ns) / 1000);
    batch->end_us = (uint32_t)((ended_ns - ending_ns) / 1000);
    if (result == LQ_ERR_DISK_FULL || result == LQ_ERR_MAP_FULL || result == LQ_ERR_BUSY) {
        lq_stage_batch_return_all(batch);
        set_condition(thread, LQ_STAGE_PAUSED, result, message.text);
    } else if (result != LQ_OK) {
        set_condition(thread, LQ_STAGE_LOST, result, message.text);
    } else {
        set_remark(thread, message.text);
    }
    return condition_now(thread) != LQ_STAGE_LOST;
}

/* From here on the batch is not this thread's work any more. */
static void leave_batch(struct lq_stage_thread *thread)
{
    enter(thread, LQ_ITEM_CLOCK_IDLE);
    pthread_mutex_lock(&thread->lock);
    thread->working = NULL;
    pthread_mutex_unlock(&thread->lock);
}

/* Small batches come when there is little to do: then the way to another thread is only time lost.
 */
static bool is_worth_handing_over(struct lq_stage_thread *thread,
                                  const struct lq_stage_batch *batch)
{
    if (!thread->stage->ends_beside) {
        return false;
    }
    pthread_mutex_lock(&thread->lock);
    bool others = thread->waiting.count > 0;
    pthread_mutex_unlock(&thread->lock);
    return others || batch->item_count >= MANY_ITEMS || !lq_commit_thread_idle(&thread->commits);
}

static void work_batch(struct lq_stage_thread *thread, struct lq_stage_batch *batch)
{
    const struct lq_batch_stage *stage = thread->stage;

    lq_stage_batch_begin(batch, lq_clock_monotonic_ns());
    if (stage->ends_beside) {
        batch->slot = thread->next_slot;
        thread->next_slot = (thread->next_slot + 1) % LQ_STAGE_SLOTS;
        /* Beside an item by itself nothing runs: should the process die, it was that item. */
        lq_commit_thread_wait(&thread->commits, batch->item_count == 1 ? 0 : LQ_STAGE_SLOTS - 1);
    }
    if (stage->batch_begin != NULL) {
        stage->batch_begin(stage->state, batch->slot);
    }
    work_items(thread, batch);
    if (is_worth_handing_over(thread, batch)) {
        leave_batch(thread);
        lq_commit_thread_give(&thread->commits, batch);
        return;
    }
    bool answered = end_batch(thread, batch);
    leave_batch(thread);
    if (answered) {
        hand_back(thread, batch);
    }
}

static void wait_for_commits(struct lq_stage_thread *thread)
{
    if (thread->stage->ends_beside) {
        lq_commit_thread_wait(&thread->commits, 0);
    }
}

static void resolve_batch(struct lq_stage_thread *thread, struct lq_stage_batch *batch)
{
    const struct lq_batch_stage *stage = thread->stage;

    wait_for_commits(thread);
    enter(thread, LQ_ITEM_CLOCK_END);
    for (uint32_t index = 0; index < batch->item_count; index++) {
        bool committed = false;
        enum lq_result result = stage->resolve(stage->state, &batch->resolves[index], &committed,
                                               &batch->answers[index], &batch->out);
        if (result != LQ_OK) {
            set_condition(thread, LQ_STAGE_LOST, result, "a doubt could not be resolved");
            break;
        }
        batch->answers[index].verdict = committed ? LQ_ITEM_DONE : LQ_ITEM_RETURNED;
    }
    leave_batch(thread);
    if (condition_now(thread) != LQ_STAGE_LOST) {
        hand_back(thread, batch);
    }
}

/* Under the lock, which is let go meanwhile. False: `due_ns` has come. */
static bool sleep_until_woken(struct lq_stage_thread *thread, lq_piped_thread_end_t *pipe,
                              uint64_t due_ns)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t left_ns = due_ns > now_ns ? due_ns - now_ns : 0;

    thread->probing = thread->condition == LQ_STAGE_PAUSED;
    int timeout_ms = thread->probing ? (int)((left_ns + LQ_NS_PER_MS - 1) / LQ_NS_PER_MS) : -1;
    thread->asleep = true;
    pthread_mutex_unlock(&thread->lock);
    bool woken = lq_piped_thread_sleep(pipe, timeout_ms);
    pthread_mutex_lock(&thread->lock);
    thread->asleep = false;
    return woken;
}

/* Waits for the next batch. While paused it wakes to try whether work is possible again.
 * NULL: quit, or a probe is due. */
static struct lq_stage_batch *wait_for_batch(struct lq_stage_thread *thread,
                                             lq_piped_thread_end_t *pipe, bool *quit)
{
    uint64_t due_ns = lq_clock_monotonic_ns() + PROBE_INTERVAL_NS;
    bool woken = true;

    pthread_mutex_lock(&thread->lock);
    while (!thread->quit && thread->waiting.count == 0 && woken) {
        woken = sleep_until_woken(thread, pipe, due_ns);
    }
    *quit = thread->quit;
    thread->working = *quit ? NULL : pop_batch(&thread->waiting);
    struct lq_stage_batch *batch = thread->working;
    pthread_mutex_unlock(&thread->lock);
    return batch;
}

static void serve(struct lq_stage_thread *thread, lq_piped_thread_end_t *pipe)
{
    const struct lq_batch_stage *stage = thread->stage;
    bool quit = false;

    while (!quit && condition_now(thread) != LQ_STAGE_LOST) {
        struct lq_stage_batch *batch = wait_for_batch(thread, pipe, &quit);

        if (batch == NULL) {
            wait_for_commits(thread);
            if (!quit && condition_now(thread) == LQ_STAGE_PAUSED && stage->probe != NULL &&
                stage->probe(stage->state)) {
                set_condition(thread, LQ_STAGE_SERVING, LQ_OK, "");
            }
        } else if (batch->kind == LQ_STAGE_BATCH_RESOLVE) {
            resolve_batch(thread, batch);
        } else if (condition_now(thread) == LQ_STAGE_SERVING) {
            work_batch(thread, batch);
        } else { /* paused or lost: the answers still say RETURNED */
            leave_batch(thread);
            hand_back(thread, batch);
        }
    }
    wait_for_commits(thread);
}

static void run_thread(void *context, lq_piped_thread_end_t *pipe)
{
    struct lq_stage_thread *thread = context;
    const struct lq_batch_stage *stage = thread->stage;
    struct lq_error_message message = {""};
    enum lq_result result = LQ_OK;

    if (stage->open != NULL) {
        result = stage->open(stage->state, thread->cluster, &message);
    }
    if (result != LQ_OK) {
        set_condition(thread, LQ_STAGE_UNOPENED, result, message.text);
        return;
    }
    if (stage->writer_epoch != NULL) {
        pthread_mutex_lock(&thread->lock);
        thread->writer_epoch = stage->writer_epoch(stage->state);
        pthread_mutex_unlock(&thread->lock);
    }
    if (stage->ends_beside) {
        const struct lq_commit_thread_calls calls = {thread, end_batch, hand_back};
        lq_commit_thread_start(&thread->commits, &calls);
    }
    set_condition(thread, LQ_STAGE_SERVING, LQ_OK, "");
    serve(thread, pipe);
    if (stage->close != NULL) {
        stage->close(stage->state);
    }
}

/* ---- on the communication thread ---- */

enum lq_result lq_stage_thread_start(struct lq_stage_thread *thread,
                                     const struct lq_batch_stage *stage,
                                     const struct lq_cluster_config *cluster,
                                     struct lq_progress_cell *cell,
                                     struct lq_error_message *message)
{
    memset(thread, 0, sizeof *thread);
    thread->stage = stage;
    thread->cluster = cluster;
    thread->cell = cell;
    thread->condition = LQ_STAGE_OPENING;
    thread->fault = LQ_OK;
    lq_item_clock_init(&thread->clock);
    thread->done_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    LQ_ASSERT(thread->done_descriptor >= 0);
    pthread_mutex_init(&thread->lock, NULL);
    return lq_piped_thread_start(run_thread, thread, &thread->thread, message);
}

void lq_stage_thread_stop(struct lq_stage_thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    thread->quit = true;
    pthread_mutex_unlock(&thread->lock);
    lq_piped_thread_stop(&thread->thread);
    if (thread->stage->ends_beside && thread->condition != LQ_STAGE_UNOPENED) {
        /* Idle since the stage thread ended; until now it could be asked whether it was overdue. */
        lq_commit_thread_stop(&thread->commits);
    }
    pthread_mutex_destroy(&thread->lock);
    close(thread->done_descriptor);
    thread->done_descriptor = -1;
}

/* One wake is enough for all that comes until it looks. */
static void wake(struct lq_stage_thread *thread, bool sleeps)
{
    if (sleeps) {
        lq_piped_thread_wake(thread->thread);
    }
}

void lq_stage_thread_give(struct lq_stage_thread *thread, struct lq_stage_batch *batch)
{
    pthread_mutex_lock(&thread->lock);
    push_batch(&thread->waiting, batch);
    bool sleeps = thread->asleep;
    thread->asleep = false;
    pthread_mutex_unlock(&thread->lock);
    wake(thread, sleeps);
}

struct lq_stage_batch *lq_stage_thread_collect(struct lq_stage_thread *thread,
                                               struct lq_stage_report *report)
{
    pthread_mutex_lock(&thread->lock);
    struct lq_stage_batch *batch = pop_batch(&thread->done);
    report->condition = thread->condition;
    report->fault = thread->fault;
    report->writer_epoch = thread->writer_epoch;
    memcpy(report->reason, thread->reason, sizeof report->reason);
    memcpy(report->remark, thread->remark, sizeof report->remark);
    /* Paused by the commit thread while the stage thread sleeps without end: probing begins. */
    bool sleeps = thread->asleep && thread->condition == LQ_STAGE_PAUSED && !thread->probing;
    thread->asleep = thread->asleep && !sleeps;
    pthread_mutex_unlock(&thread->lock);
    wake(thread, sleeps);
    return batch;
}

struct lq_stage_batch *lq_stage_thread_take_back(struct lq_stage_thread *thread, uint64_t epoch)
{
    struct lq_stage_batch *found = NULL;

    pthread_mutex_lock(&thread->lock);
    uint32_t count = thread->waiting.count;
    for (uint32_t turn = 0; turn < count; turn++) {
        struct lq_stage_batch *batch = pop_batch(&thread->waiting);
        if (found == NULL && (epoch == 0 || batch->epoch != epoch)) {
            found = batch;
        } else {
            push_batch(&thread->waiting, batch);
        }
    }
    pthread_mutex_unlock(&thread->lock);
    return found;
}

bool lq_stage_thread_overdue(struct lq_stage_thread *thread, uint64_t now_ns, uint64_t usual_ms,
                             struct lq_stage_overdue *overdue, uint64_t *next_check_ns)
{
    uint32_t place = LQ_ITEM_CLOCK_END;
    bool stopped = false;

    *next_check_ns = now_ns + LOOK_AGAIN_NS;
    /* The lock keeps the stage thread from leaving this batch for another; it may move within it.
     */
    pthread_mutex_lock(&thread->lock);
    overdue->batch = thread->working;
    if (overdue->batch != NULL) {
        stopped = lq_item_clock_stop_overdue(&thread->clock,
                                             lq_stage_batch_item_limit_ns(overdue->batch, usual_ms),
                                             now_ns, &place, next_check_ns);
    }
    pthread_mutex_unlock(&thread->lock);
    if (!stopped && thread->stage->ends_beside) {
        stopped = lq_commit_thread_overdue(&thread->commits, now_ns, usual_ms, &overdue->batch,
                                           next_check_ns);
        place = LQ_ITEM_CLOCK_END; /* wherever the stage thread is, in another batch */
    }
    overdue->item_index =
        place == LQ_ITEM_CLOCK_END ? LQ_BATCH_ITEMS_MAX : place - LQ_ITEM_CLOCK_ITEM_BASE;
    return stopped;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/commit_thread.h"

#include "base/clock.h"

static uint32_t count_in_hand(const struct lq_commit_thread *thread)
{
    return (thread->waiting != NULL) + (thread->at_work != NULL);
}

static struct lq_stage_batch *take_next(struct lq_commit_thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    while (thread->waiting == NULL && !thread->quit) {
        pthread_cond_wait(&thread->wake, &thread->lock);
    }
    thread->at_work = thread->waiting;
    thread->waiting = NULL;
    struct lq_stage_batch *batch = thread->at_work;
    pthread_cond_signal(&thread->moved);
    pthread_mutex_unlock(&thread->lock);
    return batch;
}

static void leave(struct lq_commit_thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    thread->at_work = NULL;
    pthread_cond_signal(&thread->moved);
    pthread_mutex_unlock(&thread->lock);
}

static void *run_thread(void *argument)
{
    struct lq_commit_thread *thread = argument;
    struct lq_stage_batch *batch;

    while ((batch = take_next(thread)) != NULL) {
        bool begun = lq_item_clock_move(&thread->clock, LQ_ITEM_CLOCK_END, lq_clock_monotonic_ns());
        LQ_ASSERT(begun); /* who is idle is not overdue */
        bool answered = thread->calls.end(thread->calls.context, batch);
        if (!lq_item_clock_move(&thread->clock, LQ_ITEM_CLOCK_IDLE, lq_clock_monotonic_ns())) {
            break; /* called overdue: the process is about to end */
        }
        /* Before the next one may begin: batches come back in order. */
        if (answered) {
            thread->calls.hand_back(thread->calls.context, batch);
        }
        leave(thread);
    }
    return NULL;
}

void lq_commit_thread_start(struct lq_commit_thread *thread,
                            const struct lq_commit_thread_calls *calls)
{
    *thread = (struct lq_commit_thread){.calls = *calls};
    lq_item_clock_init(&thread->clock);
    pthread_mutex_init(&thread->lock, NULL);
    pthread_cond_init(&thread->wake, NULL);
    pthread_cond_init(&thread->moved, NULL);
    int rc = pthread_create(&thread->thread, NULL, run_thread, thread);
    LQ_ASSERT(rc == 0);
}

void lq_commit_thread_stop(struct lq_commit_thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    thread->quit = true;
    pthread_cond_signal(&thread->wake);
    pthread_mutex_unlock(&thread->lock);
    pthread_join(thread->thread, NULL);
    pthread_cond_destroy(&thread->moved);
    pthread_cond_destroy(&thread->wake);
    pthread_mutex_destroy(&thread->lock);
}

void lq_commit_thread_give(struct lq_commit_thread *thread, struct lq_stage_batch *batch)
{
    pthread_mutex_lock(&thread->lock);
    while (thread->waiting != NULL) {
        pthread_cond_wait(&thread->moved, &thread->lock);
    }
    thread->waiting = batch;
    pthread_cond_signal(&thread->wake);
    pthread_mutex_unlock(&thread->lock);
}

bool lq_commit_thread_idle(struct lq_commit_thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    bool idle = count_in_hand(thread) == 0;
    pthread_mutex_unlock(&thread->lock);
    return idle;
}

void lq_commit_thread_wait(struct lq_commit_thread *thread, uint32_t left)
{
    pthread_mutex_lock(&thread->lock);
    while (count_in_hand(thread) > left) {
        pthread_cond_wait(&thread->moved, &thread->lock);
    }
    pthread_mutex_unlock(&thread->lock);
}

bool lq_commit_thread_overdue(struct lq_commit_thread *thread, uint64_t now_ns, uint64_t usual_ms,
                              struct lq_stage_batch **batch, uint64_t *next_check_ns)
{
    uint32_t place;
    bool stopped = false;

    pthread_mutex_lock(&thread->lock);
    if (thread->at_work != NULL) {
        stopped = lq_item_clock_stop_overdue(
            &thread->clock, lq_stage_batch_item_limit_ns(thread->at_work, usual_ms), now_ns, &place,
            next_check_ns);
        *batch = stopped ? thread->at_work : *batch;
    }
    pthread_mutex_unlock(&thread->lock);
    return stopped;
}

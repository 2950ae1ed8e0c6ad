// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/storage_thread.h"

#include "base/alloc.h"
#include "base/log.h"
#include "broker/io/storage_desk.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define GROUP_JOBS_MAX 1024u
#define AGAIN_MS 200u
#define READER_LAG_MAX 64u /* transactions; of a reader that does not stand still */

struct lq_storage_thread {
    lq_broker_store_t *store;
    lq_storage_desk_t *desk;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t posted;
    struct lq_storage_job *jobs_first, *jobs_last;
    struct lq_storage_news_list news;
    uint32_t requests;
    bool started, stopping;
    int descriptor;
};

static bool is_request(const struct lq_storage_job *job)
{
    return job->kind == LQ_STORAGE_ADMIN || job->kind == LQ_STORAGE_FEED ||
           job->kind == LQ_STORAGE_PUT_QUOTA || job->kind == LQ_STORAGE_PUT_DURABILITY ||
           job->kind == LQ_STORAGE_CHANGE_SESSION || job->kind == LQ_STORAGE_DELETION;
}

void lq_storage_thread_post(lq_storage_thread_t *thread, struct lq_storage_job *job)
{
    pthread_mutex_lock(&thread->lock);
    job->next = NULL;
    if (thread->jobs_last != NULL) {
        thread->jobs_last->next = job;
    } else {
        thread->jobs_first = job;
    }
    thread->jobs_last = job;
    thread->requests += is_request(job);
    pthread_cond_signal(&thread->posted);
    pthread_mutex_unlock(&thread->lock);
}

uint32_t lq_storage_thread_requests(lq_storage_thread_t *thread)
{
    pthread_mutex_lock(&thread->lock);
    uint32_t requests = thread->requests;
    pthread_mutex_unlock(&thread->lock);
    return requests;
}

int lq_storage_thread_descriptor(const lq_storage_thread_t *thread)
{
    return thread->descriptor;
}

struct lq_storage_news *lq_storage_thread_take(lq_storage_thread_t *thread)
{
    pthread_mutex_lock(&thread->lock);
    struct lq_storage_news *news = lq_storage_news_take(&thread->news);
    if (news == NULL) {
        /* Under the lock: after it, the signal of what was just delivered would be taken away. */
        eventfd_t ignored;
        (void)!eventfd_read(thread->descriptor, &ignored);
    }
    pthread_mutex_unlock(&thread->lock);
    return news;
}

static void deliver(lq_storage_thread_t *thread, struct lq_storage_news_list *news)
{
    if (news->first == NULL) {
        return;
    }
    pthread_mutex_lock(&thread->lock);
    lq_storage_news_append(&thread->news, news);
    pthread_mutex_unlock(&thread->lock);
    eventfd_write(thread->descriptor, 1);
}

static void drop_news(struct lq_storage_news_list *list)
{
    struct lq_storage_news *news;

    while ((news = lq_storage_news_take(list)) != NULL) {
        lq_storage_news_destroy(&news);
    }
}

/* Wait for jobs; up to GROUP_JOBS_MAX of them in order. NULL: asked to stop, and none left. */
static struct lq_storage_job *wait_for_jobs(lq_storage_thread_t *thread)
{
    pthread_mutex_lock(&thread->lock);
    while (thread->jobs_first == NULL && !thread->stopping) {
        pthread_cond_wait(&thread->posted, &thread->lock);
    }
    struct lq_storage_job *first = thread->jobs_first;
    struct lq_storage_job *last = first;
    for (uint32_t count = 1; last != NULL && last->next != NULL && count < GROUP_JOBS_MAX;
         count++) {
        last = last->next;
    }
    if (last != NULL) {
        thread->jobs_first = last->next;
        last->next = NULL;
        if (thread->jobs_first == NULL) {
            thread->jobs_last = NULL;
        }
    }
    pthread_mutex_unlock(&thread->lock);
    return first;
}

static bool is_stopping(lq_storage_thread_t *thread)
{
    pthread_mutex_lock(&thread->lock);
    bool stopping = thread->stopping;
    pthread_mutex_unlock(&thread->lock);
    return stopping;
}

/* One transaction over all jobs. What came of them is delivered only after the commit. */
static enum lq_result try_group(lq_storage_thread_t *thread, const struct lq_storage_job *jobs,
                                struct lq_storage_news_list *news)
{
    enum lq_result result = lq_broker_store_begin(thread->store);

    if (result != LQ_OK) {
        return result;
    }
    for (const struct lq_storage_job *job = jobs; job != NULL && result == LQ_OK; job = job->next) {
        result = lq_storage_desk_work(thread->desk, job);
    }
    if (result == LQ_OK) {
        result = lq_broker_store_commit(thread->store);
    } else {
        lq_broker_store_abort(thread->store);
    }
    *news = lq_storage_desk_take_news(thread->desk);
    if (result != LQ_OK) {
        drop_news(news);
    }
    return result;
}

/* A reader that stands still inside its transaction may be why. */
static void complain(lq_storage_thread_t *thread, enum lq_result result)
{
    int64_t pid = 0;
    uint64_t lag = 0;

    lq_log_warning("the broker's store is full (%s): letters wait, nothing is dropped",
                   lq_result_text(result));
    if (lq_broker_store_oldest_reader(thread->store, &pid, &lag) && lag > READER_LAG_MAX) {
        lq_log_warning("a reader of it with pid %" PRId64 " is %" PRIu64 " transactions behind; "
                       "end or continue it, the pages freed since are not used again",
                       pid, lag);
    }
}

static void do_group(lq_storage_thread_t *thread, const struct lq_storage_job *jobs)
{
    struct lq_storage_news_list news = {NULL, NULL};
    enum lq_result result;

    for (uint32_t tries = 0; (result = try_group(thread, jobs, &news)) != LQ_OK; tries++) {
        if (result != LQ_ERR_DISK_FULL && result != LQ_ERR_MAP_FULL) {
            lq_log_error("the broker's store failed: %s; ending, to open it anew",
                         lq_result_text(result));
            _exit(71);
        }
        if (tries % 50 == 0) {
            complain(thread, result);
        }
        if (is_stopping(thread) && tries > 5000 / AGAIN_MS) {
            return;
        }
        poll(NULL, 0, AGAIN_MS);
    }
    deliver(thread, &news);
}

static void count_done(lq_storage_thread_t *thread, const struct lq_storage_job *jobs)
{
    uint32_t requests = 0;

    for (const struct lq_storage_job *job = jobs; job != NULL; job = job->next) {
        requests += is_request(job);
    }
    pthread_mutex_lock(&thread->lock);
    LQ_ASSERT(thread->requests >= requests);
    thread->requests -= requests;
    pthread_mutex_unlock(&thread->lock);
}

static void *run(void *argument)
{
    lq_storage_thread_t *thread = argument;
    struct lq_storage_job *jobs;

    while ((jobs = wait_for_jobs(thread)) != NULL) {
        do_group(thread, jobs);
        count_done(thread, jobs);
        lq_storage_job_destroy(&jobs);
    }
    return NULL;
}

lq_storage_thread_t *lq_storage_thread_new(lq_broker_store_t *store)
{
    lq_storage_thread_t *thread = lq_alloc(1, sizeof *thread);

    thread->store = store;
    thread->desk = lq_storage_desk_new(thread->store);
    thread->descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    LQ_ASSERT(thread->descriptor >= 0);
    pthread_mutex_init(&thread->lock, NULL);
    pthread_cond_init(&thread->posted, NULL);
    return thread;
}

void lq_storage_thread_start(lq_storage_thread_t *thread)
{
    int created = pthread_create(&thread->thread, NULL, run, thread);

    LQ_ASSERT(created == 0);
    thread->started = true;
}

void lq_storage_thread_destroy(lq_storage_thread_t **thread)
{
    lq_storage_thread_t *self = *thread;

    if (self == NULL) {
        return;
    }
    pthread_mutex_lock(&self->lock);
    self->stopping = true;
    pthread_cond_signal(&self->posted);
    pthread_mutex_unlock(&self->lock);
    if (self->started) {
        pthread_join(self->thread, NULL);
    }
    lq_storage_job_destroy(&self->jobs_first);
    drop_news(&self->news);
    lq_storage_desk_destroy(&self->desk);
    close(self->descriptor);
    pthread_mutex_destroy(&self->lock);
    pthread_cond_destroy(&self->posted);
    free(self);
    *thread = NULL;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/piped_thread.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "transport/czmq_state.h"
#include "transport/socket_options.h"

#include <pthread.h>
#include <stdlib.h>

#define WAKE "!"

struct lq_piped_thread {
    zactor_t *actor;
    lq_piped_thread_fn run;
    void *context;
};

struct lq_piped_thread_end {
    zsock_t *pipe;
    zpoller_t *poller;
    bool ending;
};

static void run_thread(zsock_t *pipe, void *argument)
{
    struct lq_piped_thread *thread = argument;
    struct lq_piped_thread_end end = {.pipe = pipe, .poller = zpoller_new(pipe, NULL)};

    LQ_ASSERT(end.poller != NULL);
    zpoller_set_nonstop(end.poller, true);
    zsock_signal(pipe, 0);
    thread->run(thread->context, &end);
    zpoller_destroy(&end.poller);
}

static void *do_nothing(void *argument)
{
    return argument;
}

/* zactor_new() does not look whether its thread was made, and would wait for it for ever. */
static bool threads_left(void)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

enum lq_result lq_piped_thread_start(lq_piped_thread_fn run, void *context,
                                     lq_piped_thread_t **thread, struct lq_error_message *message)
{
    enum lq_result result = lq_czmq_state_prepare(message);

    if (result != LQ_OK) {
        return result;
    }
    if (!threads_left()) {
        lq_error_message_set(message, "the system makes no more threads");
        return LQ_ERR_LIMIT;
    }
    lq_piped_thread_t *made = lq_alloc(1, sizeof *made);
    made->run = run;
    made->context = context;
    made->actor = zactor_new(run_thread, made);
    LQ_ASSERT(made->actor != NULL);
    *thread = made;
    return LQ_OK;
}

void lq_piped_thread_stop(lq_piped_thread_t **thread)
{
    if (*thread != NULL) {
        zactor_destroy(&(*thread)->actor);
        free(*thread);
        *thread = NULL;
    }
}

/* A pipe that is full has enough to wake it. */
void lq_piped_thread_wake(lq_piped_thread_t *thread)
{
    (void)zmq_send(zsock_resolve(thread->actor), WAKE, sizeof WAKE - 1, ZMQ_DONTWAIT);
}

/* Whatever is longer than a wake is czmq's "$TERM". */
static void take_wakes(struct lq_piped_thread_end *end)
{
    char text[8];
    int bytes;

    do {
        bytes = zmq_recv(zsock_resolve(end->pipe), text, sizeof text, ZMQ_DONTWAIT);
        end->ending = end->ending || bytes > (int)sizeof WAKE - 1;
    } while (bytes >= 0);
}

bool lq_piped_thread_sleep(lq_piped_thread_end_t *end, int timeout_ms)
{
    if (end->ending) {
        return true;
    }
    bool woken = zpoller_wait(end->poller, timeout_ms) != NULL;
    take_wakes(end);
    return woken;
}

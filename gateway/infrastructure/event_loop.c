// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/event_loop.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/contract.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_MAX = 256 /* that one turn takes from the kernel */ };

struct lq_event_loop {
    int epoll_fd;
    bool stopped;
    uint64_t now_ns;
    struct lq_event_timer *timers;
    struct lq_event_hook *hooks;
    int event_count, event_next; /* of the turn under way */
    struct epoll_event events[EVENTS_MAX];
};

enum lq_result lq_event_loop_open(lq_event_loop_t **loop, struct lq_error_message *message)
{
    lq_event_loop_t *opened = lq_alloc(1, sizeof *opened);

    opened->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (opened->epoll_fd < 0) {
        lq_error_message_set(message, "epoll: %s", strerror(errno));
        free(opened);
        return LQ_ERR_IO;
    }
    opened->now_ns = lq_clock_monotonic_ns();
    *loop = opened;
    return LQ_OK;
}

void lq_event_loop_close(lq_event_loop_t **loop)
{
    if (*loop != NULL) {
        close((*loop)->epoll_fd);
        free(*loop);
        *loop = NULL;
    }
}

static uint32_t epoll_events_of(uint32_t wanted)
{
    return ((wanted & LQ_EVENT_READ) != 0 ? (uint32_t)EPOLLIN | EPOLLRDHUP : 0) |
           ((wanted & LQ_EVENT_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0);
}

static void control(lq_event_loop_t *loop, int operation, struct lq_event_source *source)
{
    struct epoll_event event = {.events = epoll_events_of(source->wanted), .data.ptr = source};
    int failed = epoll_ctl(loop->epoll_fd, operation, source->fd, &event);

    /* What the kernel can refuse here is a mistake of ours, or its memory is at an end. */
    LQ_ASSERT(failed == 0);
}

void lq_event_loop_add(lq_event_loop_t *loop, struct lq_event_source *source, uint32_t wanted)
{
    source->wanted = wanted;
    control(loop, EPOLL_CTL_ADD, source);
}

void lq_event_loop_change(lq_event_loop_t *loop, struct lq_event_source *source, uint32_t wanted)
{
    if (source->wanted != wanted) {
        source->wanted = wanted;
        control(loop, EPOLL_CTL_MOD, source);
    }
}

void lq_event_loop_remove(lq_event_loop_t *loop, struct lq_event_source *source)
{
    control(loop, EPOLL_CTL_DEL, source);
    for (int index = loop->event_next; index < loop->event_count; index++) {
        if (loop->events[index].data.ptr == source) {
            loop->events[index].data.ptr = NULL;
        }
    }
}

void lq_event_loop_set_timer(lq_event_loop_t *loop, struct lq_event_timer *timer,
                             uint64_t due_at_ns)
{
    lq_event_loop_stop_timer(loop, timer);
    timer->due_at_ns = due_at_ns > loop->now_ns ? due_at_ns : loop->now_ns + 1;
    timer->next = loop->timers;
    loop->timers = timer;
}

void lq_event_loop_stop_timer(lq_event_loop_t *loop, struct lq_event_timer *timer)
{
    for (struct lq_event_timer **at = &loop->timers; *at != NULL; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            break;
        }
    }
    timer->due_at_ns = LQ_EVENT_NEVER;
}

void lq_event_loop_add_hook(lq_event_loop_t *loop, struct lq_event_hook *hook)
{
    hook->next = loop->hooks;
    loop->hooks = hook;
}

void lq_event_loop_remove_hook(lq_event_loop_t *loop, struct lq_event_hook *hook)
{
    for (struct lq_event_hook **at = &loop->hooks; *at != NULL; at = &(*at)->next) {
        if (*at == hook) {
            *at = hook->next;
            return;
        }
    }
}

uint64_t lq_event_loop_now_ns(const lq_event_loop_t *loop)
{
    return loop->now_ns;
}

/* Up to when the kernel may wait, in milliseconds, rounded up: earlier would be a turn for nothing.
 */
static int wait_ms_of(const lq_event_loop_t *loop, uint64_t wait_ns)
{
    uint64_t due_ns = LQ_EVENT_NEVER;
    uint64_t now_ns = lq_clock_monotonic_ns();

    for (const struct lq_event_hook *hook = loop->hooks; hook != NULL; hook = hook->next) {
        uint64_t hook_due_ns = hook->due(hook->context);
        due_ns = hook_due_ns < due_ns ? hook_due_ns : due_ns;
    }
    for (const struct lq_event_timer *timer = loop->timers; timer != NULL; timer = timer->next) {
        due_ns = timer->due_at_ns < due_ns ? timer->due_at_ns : due_ns;
    }
    uint64_t left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
    left_ns = left_ns < wait_ns ? left_ns : wait_ns;
    if (left_ns > UINT64_C(3600) * LQ_NS_PER_S) {
        return wait_ns == LQ_EVENT_NEVER ? -1 : 3600 * 1000;
    }
    return (int)((left_ns + LQ_NS_PER_MS - 1) / LQ_NS_PER_MS);
}

static uint32_t events_of(uint32_t epoll_events)
{
    bool ended = (epoll_events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0;

    return ((epoll_events & EPOLLIN) != 0 ? (uint32_t)LQ_EVENT_READ : 0) |
           ((epoll_events & EPOLLOUT) != 0 ? (uint32_t)LQ_EVENT_WRITE : 0) |
           (ended ? (uint32_t)LQ_EVENT_HANGUP : 0);
}

/* The one that is longest due; NULL: none is. */
static struct lq_event_timer *find_due(const lq_event_loop_t *loop)
{
    struct lq_event_timer *found = NULL;

    for (struct lq_event_timer *timer = loop->timers; timer != NULL; timer = timer->next) {
        if (timer->due_at_ns <= loop->now_ns &&
            (found == NULL || timer->due_at_ns < found->due_at_ns)) {
            found = timer;
        }
    }
    return found;
}

/* Set to a time that has passed, a timer waits for the next turn: its time is moved. */
static void call_timers(lq_event_loop_t *loop)
{
    struct lq_event_timer *timer;

    while ((timer = find_due(loop)) != NULL) {
        lq_event_loop_stop_timer(loop, timer);
        timer->due(timer->context, loop->now_ns);
    }
}

static void call_hooks(lq_event_loop_t *loop)
{
    struct lq_event_hook *next;

    for (struct lq_event_hook *hook = loop->hooks; hook != NULL; hook = next) {
        next = hook->next;
        hook->turn(hook->context, loop->now_ns);
    }
}

void lq_event_loop_turn(lq_event_loop_t *loop, uint64_t wait_ns)
{
    int count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_MAX, wait_ms_of(loop, wait_ns));

    LQ_ASSERT(count >= 0 || errno == EINTR);
    loop->now_ns = lq_clock_monotonic_ns();
    loop->event_count = count < 0 ? 0 : count;
    for (loop->event_next = 0; loop->event_next < loop->event_count;) {
        const struct epoll_event *event = &loop->events[loop->event_next];
        struct lq_event_source *source = event->data.ptr;
        loop->event_next++;
        if (source != NULL) {
            source->ready(source->context, events_of(event->events));
        }
    }
    loop->event_count = 0;
    call_timers(loop);
    call_hooks(loop);
}

void lq_event_loop_run(lq_event_loop_t *loop)
{
    loop->stopped = false;
    while (!loop->stopped) {
        lq_event_loop_turn(loop, LQ_EVENT_NEVER);
    }
}

void lq_event_loop_stop(lq_event_loop_t *loop)
{
    loop->stopped = true;
}

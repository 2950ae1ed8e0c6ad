// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/process_watch.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WATCHED_MAX 512

struct lq_process_watch {
    int epoll;
    struct {
        int pidfd;
        uint32_t pid; /* 0: free */
    } watched[WATCHED_MAX];
};

lq_process_watch_t *lq_process_watch_new(void)
{
    lq_process_watch_t *watch = lq_alloc(1, sizeof *watch);

    watch->epoll = epoll_create1(EPOLL_CLOEXEC);
    LQ_ASSERT(watch->epoll >= 0);
    return watch;
}

void lq_process_watch_destroy(lq_process_watch_t **watch)
{
    if (*watch == NULL) {
        return;
    }
    for (int slot = 0; slot < WATCHED_MAX; slot++) {
        if ((*watch)->watched[slot].pid != 0) {
            close((*watch)->watched[slot].pidfd);
        }
    }
    close((*watch)->epoll);
    free(*watch);
    *watch = NULL;
}

int lq_process_watch_descriptor(const lq_process_watch_t *watch)
{
    return watch->epoll;
}

/* The slot of a pid; of pid 0: a free one. WATCHED_MAX: none. */
static int find_slot(const lq_process_watch_t *watch, uint32_t pid)
{
    int slot = 0;

    while (slot < WATCHED_MAX && watch->watched[slot].pid != pid) {
        slot++;
    }
    return slot;
}

static bool has_ended(int pidfd)
{
    struct pollfd polled = {.fd = pidfd, .events = POLLIN};

    return poll(&polled, 1, 0) != 0;
}

bool lq_process_watch_knows(const lq_process_watch_t *watch, uint32_t pid)
{
    int slot = pid != 0 ? find_slot(watch, pid) : WATCHED_MAX;

    return slot < WATCHED_MAX && !has_ended(watch->watched[slot].pidfd);
}

bool lq_process_watch_add(lq_process_watch_t *watch, uint32_t pid, int pidfd)
{
    LQ_ASSERT(pid != 0);
    LQ_ASSERT(pidfd >= 0);
    int known = find_slot(watch, pid);
    int slot = find_slot(watch, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)slot};

    if (known < WATCHED_MAX || slot == WATCHED_MAX ||
        epoll_ctl(watch->epoll, EPOLL_CTL_ADD, pidfd, &event) != 0) {
        close(pidfd);
        return lq_process_watch_knows(watch, pid);
    }
    watch->watched[slot].pidfd = pidfd;
    watch->watched[slot].pid = pid;
    return true;
}

bool lq_process_watch_take(lq_process_watch_t *watch, uint32_t *pid)
{
    struct epoll_event event;

    if (epoll_wait(watch->epoll, &event, 1, 0) != 1) {
        return false;
    }
    int slot = (int)event.data.u32;
    *pid = watch->watched[slot].pid;
    close(watch->watched[slot].pidfd); /* leaves the epoll set with it */
    watch->watched[slot].pid = 0;
    return true;
}

void lq_process_watch_kill(const lq_process_watch_t *watch, uint32_t pid)
{
    int slot = pid != 0 ? find_slot(watch, pid) : WATCHED_MAX;

    if (slot < WATCHED_MAX) {
        syscall(SYS_pidfd_send_signal, watch->watched[slot].pidfd, SIGKILL, NULL, 0);
    }
}

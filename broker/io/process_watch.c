// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/process_watch.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WATCHED_MAX 512

struct lq_process_watch {
    int epoll;
    struct {
        int pidfd; /* 0: free */
        uint32_t peer;
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
        if ((*watch)->watched[slot].pidfd > 0) {
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

bool lq_process_watch_add(lq_process_watch_t *watch, uint32_t pid, uint32_t peer)
{
    int slot = 0;

    while (slot < WATCHED_MAX && watch->watched[slot].pidfd > 0) {
        slot++;
    }
    if (slot == WATCHED_MAX || pid == 0) {
        return false;
    }
    int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    if (pidfd < 0) {
        return false;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)slot};
    if (epoll_ctl(watch->epoll, EPOLL_CTL_ADD, pidfd, &event) != 0) {
        close(pidfd);
        return false;
    }
    watch->watched[slot].pidfd = pidfd;
    watch->watched[slot].peer = peer;
    return true;
}

bool lq_process_watch_take(lq_process_watch_t *watch, uint32_t *peer)
{
    struct epoll_event event;

    if (epoll_wait(watch->epoll, &event, 1, 0) != 1) {
        return false;
    }
    int slot = (int)event.data.u32;
    *peer = watch->watched[slot].peer;
    close(watch->watched[slot].pidfd); /* leaves the epoll set with it */
    watch->watched[slot].pidfd = 0;
    return true;
}

void lq_process_watch_kill(const lq_process_watch_t *watch, uint32_t peer)
{
    for (int slot = 0; slot < WATCHED_MAX; slot++) {
        if (watch->watched[slot].pidfd > 0 && watch->watched[slot].peer == peer) {
            syscall(SYS_pidfd_send_signal, watch->watched[slot].pidfd, SIGKILL, NULL, 0);
        }
    }
}

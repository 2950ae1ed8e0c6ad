// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/process_proof.h"

#include "broker/io/instance_cells.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ANCESTORS_MAX 64

/* The fourth field of /proc/PID/stat, behind a name that may hold anything; 0: none or unknown. */
static uint32_t parent_of(uint32_t pid)
{
    char path[32];
    char text[512];
    char state;
    unsigned parent = 0;

    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return 0;
    }
    ssize_t bytes = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    text[bytes > 0 ? bytes : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    if (name_end == NULL || sscanf(name_end + 1, " %c %u", &state, &parent) != 2) {
        return 0;
    }
    return parent;
}

static bool is_ours_or_above(uint32_t pid)
{
    uint32_t at = (uint32_t)getppid();

    if (pid == (uint32_t)getpid()) {
        return true;
    }
    for (int step = 0; step < ANCESTORS_MAX && at != 0; step++) {
        if (at == pid) {
            return true;
        }
        at = parent_of(at);
    }
    return false;
}

int lq_process_proof_open(uint32_t pid)
{
    if (pid <= 1 || pid > INT32_MAX || is_ours_or_above(pid)) {
        return -1;
    }
    return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

/* The other end of an open connection is alive, so its pid is its own. Should libzmq have closed
 * the descriptor meanwhile, and another connection have got its number, then that one is of a
 * living process of this pid all the same. */
static bool is_connected(int descriptor, uint32_t pid)
{
    struct ucred peer;
    socklen_t bytes = sizeof peer;
    struct pollfd polled = {.fd = descriptor};

    return descriptor >= 0 && getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 &&
           peer.pid == (pid_t)pid && poll(&polled, 1, 0) == 0;
}

int lq_process_proof_of_sender(struct lq_message_part *message, uint32_t pid)
{
    if (pid == 0 || lq_message_part_pid(message) != pid) {
        return -1;
    }
    int pidfd = lq_process_proof_open(pid);
    if (pidfd >= 0 && !is_connected(lq_message_part_descriptor(message), pid)) {
        close(pidfd);
        return -1;
    }
    return pidfd;
}

int lq_process_proof_of_holder(const char *runtime_dir, const char *instance, uint32_t pid)
{
    struct lq_instance_cell cell;

    if (pid == 0 || !lq_instance_cells_read(runtime_dir, instance, &cell) || cell.pid != pid) {
        return -1;
    }
    int pidfd = lq_process_proof_open(pid);
    if (pidfd >= 0 && (!lq_instance_cells_read(runtime_dir, instance, &cell) || cell.pid != pid)) {
        close(pidfd);
        return -1;
    }
    return pidfd;
}

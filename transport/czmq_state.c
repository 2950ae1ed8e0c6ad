// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/czmq_state.h"

#include "base/contract.h"

#include <czmq.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/* Of a socket, its monitor, and the two threads that come with the first one. */
#define DESCRIPTORS_NEEDED 12

static bool descriptors_left(void)
{
    int opened[DESCRIPTORS_NEEDED];
    int count = 0;

    while (count < DESCRIPTORS_NEEDED && (opened[count] = eventfd(0, EFD_CLOEXEC)) >= 0) {
        count++;
    }
    bool enough = count == DESCRIPTORS_NEEDED;
    while (count > 0) {
        close(opened[--count]);
    }
    return enough;
}

/* A socket takes at least one descriptor, so descriptors run out first, and that is found in time;
 * of the hard limit, as the soft one may be raised later. */
static int sockets_max(void *context)
{
    int most = zmq_ctx_get(context, ZMQ_SOCKET_LIMIT);
    struct rlimit limit = {.rlim_max = RLIM_INFINITY};

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max < (rlim_t)most ? (int)limit.rlim_max : most;
}

enum lq_result lq_czmq_state_prepare(struct lq_error_message *message)
{
    if (!descriptors_left()) {
        lq_error_message_set(message, "no descriptors are left for a socket: raise ulimit -n");
        return LQ_ERR_LIMIT;
    }
    /* Before zsys_init(), which would take SIGINT and SIGTERM from us; and again, as a fork()
     * forgets it. */
    zsys_handler_set(NULL);
    void *context = zsys_init();
    LQ_ASSERT(context != NULL);
    zsys_set_logstream(NULL); /* else it prints on standard output */
    zsys_set_logsystem(false);
    /* Whatever ZSYS_IO_THREADS and ZSYS_MAX_SOCKETS say; nothing once there are sockets. */
    int rc = zmq_ctx_set(context, ZMQ_IO_THREADS, 1);
    LQ_ASSERT(rc == 0);
    rc = zmq_ctx_set(context, ZMQ_MAX_SOCKETS, sockets_max(context));
    LQ_ASSERT(rc == 0);
    return LQ_OK;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/broker_watch.h"

#include "base/log.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* The clients' socket is the last one that a broker binds. */
#define SOCKET_NAME "clients.sock"

int lq_broker_watch_open(const char *runtime_dir)
{
    int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    if (descriptor >= 0 &&
        inotify_add_watch(descriptor, runtime_dir, IN_CREATE | IN_MOVED_TO) >= 0) {
        return descriptor;
    }
    lq_log_warning("%s cannot be watched (%s): a new broker is noticed with the next commit",
                   runtime_dir, strerror(errno));
    if (descriptor >= 0) {
        close(descriptor);
    }
    return -1;
}

bool lq_broker_watch_take(int descriptor)
{
    alignas(struct inotify_event) char events[4096];
    bool found = false;
    ssize_t bytes;

    while (descriptor >= 0 && (bytes = read(descriptor, events, sizeof events)) > 0) {
        for (const char *at = events; at < events + bytes;) {
            struct inotify_event event;
            memcpy(&event, at, sizeof event);
            found = found || (event.mask & IN_Q_OVERFLOW) != 0 ||
                    (event.len > 0 && strcmp(at + sizeof event, SOCKET_NAME) == 0);
            at += sizeof event + event.len;
        }
    }
    return found;
}

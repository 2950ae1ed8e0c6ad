// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/commit_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum lq_result lq_commit_watch_open(const char *folder, int *descriptor,
                                    struct lq_error_message *message)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/data.mdb", folder);
    *descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (*descriptor >= 0 && inotify_add_watch(*descriptor, path, IN_MODIFY) >= 0) {
        return LQ_OK;
    }
    lq_error_message_set(message, "%s: cannot be watched: %s", path, strerror(errno));
    if (*descriptor >= 0) {
        close(*descriptor);
        *descriptor = -1;
    }
    return LQ_ERR_IO;
}

bool lq_commit_watch_take(int descriptor)
{
    alignas(struct inotify_event) char events[4096];
    bool any = false;

    while (read(descriptor, events, sizeof events) > 0) {
        any = true;
    }
    return any;
}

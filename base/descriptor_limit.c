// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/descriptor_limit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum lq_result lq_descriptor_limit_raise(uint64_t needed, struct lq_error_message *message)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        lq_error_message_set(message, "the limit of descriptors cannot be read: %s",
                             strerror(errno));
        return LQ_ERR_IO;
    }
    if (limit.rlim_cur >= needed) {
        return LQ_OK;
    }
    if (limit.rlim_max < needed) {
        lq_error_message_set(
            message,
            "%llu descriptors are needed and the hard limit is %llu: raise it (ulimit -Hn)",
            (unsigned long long)needed, (unsigned long long)limit.rlim_max);
        return LQ_ERR_LIMIT;
    }
    limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        lq_error_message_set(message, "the limit of descriptors cannot be raised to %llu: %s",
                             (unsigned long long)needed, strerror(errno));
        return LQ_ERR_LIMIT;
    }
    return LQ_OK;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* process_usage.h - what a process has used so far, from /proc. */
#ifndef LQ_PROCESS_USAGE_H
#define LQ_PROCESS_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lq_process_usage {
    uint64_t cpu_ns;     /* of all its threads */
    uint64_t own_bytes;  /* resident: RssAnon and RssShmem */
    uint64_t file_bytes; /* resident: RssFile, which is page cache that it has mapped */
};

/* False: there is no such process (any more). */
bool lq_process_usage_read(pid_t pid, struct lq_process_usage *usage);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* limit_report.h - what lq-limit found in its window. */
#ifndef LQ_LIMIT_REPORT_H
#define LQ_LIMIT_REPORT_H

#include "base/latency_histogram.h"
#include "bench/limit_spawn.h"
#include "bench/process_usage.h"

enum { LQ_LIMIT_PROCESSES_MAX = 2 + LQ_LIMIT_STAGES * LQ_LIMIT_ACTORS_MAX };

struct lq_limit_report {
    double seconds;
    uint64_t ticks;
    struct lq_latency_histogram latency;
    uint64_t bytes[LQ_LIMIT_STAGES]; /* dispatched */
    uint64_t by_size[LQ_LIMIT_STAGES][LQ_LIMIT_BATCH_MAX + 1];
    uint32_t process_count; /* the client comes last */
    char names[LQ_LIMIT_PROCESSES_MAX][24];
    uint64_t cpu_ns[LQ_LIMIT_PROCESSES_MAX];
};

void lq_limit_report_begin(struct lq_limit_report *report, const struct lq_limit_spawn *spawn,
                           const struct lq_limit_meter *meter);
void lq_limit_report_end(struct lq_limit_report *report, const struct lq_limit_spawn *spawn,
                         const struct lq_limit_meter *meter, uint64_t ticks, uint64_t window_ns);
void lq_limit_report_print(const struct lq_limit_report *report, bool json);

#endif

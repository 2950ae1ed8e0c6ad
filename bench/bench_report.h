// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* bench_report.h - the difference of two samples, for people or as JSON. docs/performance.md names
 * the keys. */
#ifndef LQ_BENCH_REPORT_H
#define LQ_BENCH_REPORT_H

#include "bench/bench_sample.h"
#include "bench/bench_sender.h"

void lq_bench_report_print(const struct lq_bench_options *options,
                           const struct lq_bench_sample *begin, const struct lq_bench_sample *end,
                           const struct lq_bench_sender *sender);

/* Of the modes that give single commands to sleeping sessions. */
void lq_bench_report_print_wake(const struct lq_bench_sender *sender, uint64_t took_ns);

#endif

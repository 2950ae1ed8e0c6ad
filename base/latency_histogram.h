// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* latency_histogram.h - durations in nanoseconds, counted in log-linear buckets: 64 to each power
 * of two, so a percentile is at most 1.6 % too high. Plain data of fixed size; depends on nothing.
 */
#ifndef LQ_LATENCY_HISTOGRAM_H
#define LQ_LATENCY_HISTOGRAM_H

#include <stdint.h>

#define LQ_LATENCY_BUCKETS (59u * 64u)

struct lq_latency_histogram {
    uint64_t count;
    uint64_t sum_ns;
    uint64_t max_ns;
    uint64_t buckets[LQ_LATENCY_BUCKETS];
};

void lq_latency_histogram_clear(struct lq_latency_histogram *histogram);
void lq_latency_histogram_record(struct lq_latency_histogram *histogram, uint64_t ns);

/* What `other` has counted, too. */
void lq_latency_histogram_add(struct lq_latency_histogram *histogram,
                              const struct lq_latency_histogram *other);

/* The duration that per_mille of a thousand do not exceed (500: the median, 1000: the maximum);
 * 0 when empty. */
uint64_t lq_latency_histogram_at(const struct lq_latency_histogram *histogram, uint32_t per_mille);

/* The same in milliseconds. */
double lq_latency_histogram_at_ms(const struct lq_latency_histogram *histogram, uint32_t per_mille);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wait_histogram.h - waits in nanoseconds, counted in four buckets to each power of two: small
 * enough for one a tenant; a percentile is at most a quarter too high.
 *
 *   bucket 0: below 16 us.  1 to 88: four to each power of two, up to 67 s.  89: all beyond
 */
#ifndef LQ_WAIT_HISTOGRAM_H
#define LQ_WAIT_HISTOGRAM_H

#include <stdint.h>

#define LQ_WAIT_HISTOGRAM_BUCKETS 90u
#define LQ_WAIT_HISTOGRAM_LEAST_US 16u
#define LQ_WAIT_HISTOGRAM_LEAST_BITS 4u

struct lq_wait_histogram {
    uint32_t buckets[LQ_WAIT_HISTOGRAM_BUCKETS];
};

static inline uint32_t lq_wait_histogram_bucket(uint64_t ns)
{
    uint64_t us = ns / 1000;

    if (us < LQ_WAIT_HISTOGRAM_LEAST_US) {
        return 0;
    }
    uint32_t bits = 63u - (uint32_t)__builtin_clzll(us);
    uint32_t quarter = (uint32_t)(us >> (bits - 2)) & 3;
    uint32_t bucket = 1 + (bits - LQ_WAIT_HISTOGRAM_LEAST_BITS) * 4 + quarter;
    return bucket < LQ_WAIT_HISTOGRAM_BUCKETS ? bucket : LQ_WAIT_HISTOGRAM_BUCKETS - 1;
}

static inline void lq_wait_histogram_add(struct lq_wait_histogram *histogram, uint64_t ns)
{
    histogram->buckets[lq_wait_histogram_bucket(ns)]++;
}

/* The longest wait of a bucket, in whole microseconds; of the last one, its shortest. */
static inline uint32_t lq_wait_histogram_top_us(uint32_t bucket)
{
    if (bucket == 0) {
        return LQ_WAIT_HISTOGRAM_LEAST_US - 1;
    }
    uint32_t bits = LQ_WAIT_HISTOGRAM_LEAST_BITS + (bucket - 1) / 4;
    uint32_t low = (4 + (bucket - 1) % 4) << (bits - 2);
    return bucket == LQ_WAIT_HISTOGRAM_BUCKETS - 1 ? low : low + (1u << (bits - 2)) - 1;
}

/* The wait that so many of a thousand did not exceed, over two of them together; 0: there was none.
 */
uint32_t lq_wait_histogram_at_us(const struct lq_wait_histogram *one,
                                 const struct lq_wait_histogram *other, uint32_t per_mille);

#endif

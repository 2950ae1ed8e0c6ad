// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/latency_histogram.h"

#include "base/contract.h"

#include <string.h>

enum { SHARE_BITS = 6, SHARE_COUNT = 1 << SHARE_BITS };

_Static_assert(LQ_LATENCY_BUCKETS == (64 - SHARE_BITS + 1) * SHARE_COUNT, "a bucket for any value");

/* Values below 64 have a bucket each; above, the power of two chooses the row and the six bits
 * below the highest one the bucket in it. */
static uint32_t bucket_of(uint64_t ns)
{
    if (ns < SHARE_COUNT) {
        return (uint32_t)ns;
    }
    uint32_t power = 63 - (uint32_t)__builtin_clzll(ns);
    uint32_t row = power - SHARE_BITS + 1;
    return row * SHARE_COUNT + (uint32_t)(ns >> (power - SHARE_BITS) & (SHARE_COUNT - 1));
}

static uint64_t highest_of(uint32_t bucket)
{
    uint32_t row = bucket / SHARE_COUNT;
    uint64_t share = bucket % SHARE_COUNT;

    if (row == 0) {
        return share;
    }
    return ((SHARE_COUNT + share) << (row - 1)) + ((UINT64_C(1) << (row - 1)) - 1);
}

void lq_latency_histogram_clear(struct lq_latency_histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

void lq_latency_histogram_record(struct lq_latency_histogram *histogram, uint64_t ns)
{
    histogram->count++;
    histogram->sum_ns += ns;
    histogram->max_ns = ns > histogram->max_ns ? ns : histogram->max_ns;
    histogram->buckets[bucket_of(ns)]++;
}

void lq_latency_histogram_add(struct lq_latency_histogram *histogram,
                              const struct lq_latency_histogram *other)
{
    histogram->count += other->count;
    histogram->sum_ns += other->sum_ns;
    histogram->max_ns = other->max_ns > histogram->max_ns ? other->max_ns : histogram->max_ns;
    for (uint32_t bucket = 0; bucket < LQ_LATENCY_BUCKETS; bucket++) {
        histogram->buckets[bucket] += other->buckets[bucket];
    }
}

uint64_t lq_latency_histogram_at(const struct lq_latency_histogram *histogram, uint32_t per_mille)
{
    LQ_ASSERT(per_mille <= 1000);
    uint64_t wanted = (histogram->count / 1000) * per_mille +
                      ((histogram->count % 1000) * per_mille + 999) / 1000;
    uint64_t seen = 0;

    if (histogram->count == 0) {
        return 0;
    }
    wanted = wanted == 0 ? 1 : wanted;
    for (uint32_t bucket = 0; bucket < LQ_LATENCY_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen >= wanted) {
            uint64_t highest = highest_of(bucket);
            return highest < histogram->max_ns ? highest : histogram->max_ns;
        }
    }
    return histogram->max_ns;
}

double lq_latency_histogram_at_ms(const struct lq_latency_histogram *histogram, uint32_t per_mille)
{
    return (double)lq_latency_histogram_at(histogram, per_mille) / 1e6;
}

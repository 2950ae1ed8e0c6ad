// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/wait_histogram.h"

uint32_t lq_wait_histogram_at_us(const struct lq_wait_histogram *one,
                                 const struct lq_wait_histogram *other, uint32_t per_mille)
{
    uint64_t count = 0;
    uint64_t seen = 0;

    for (uint32_t bucket = 0; bucket < LQ_WAIT_HISTOGRAM_BUCKETS; bucket++) {
        count += (uint64_t)one->buckets[bucket] + other->buckets[bucket];
    }
    if (count == 0) {
        return 0;
    }
    uint64_t wanted = (count * per_mille + 999) / 1000;
    uint32_t bucket = 0;
    while (bucket < LQ_WAIT_HISTOGRAM_BUCKETS - 1) {
        seen += (uint64_t)one->buckets[bucket] + other->buckets[bucket];
        if (seen >= wanted) {
            break;
        }
        bucket++;
    }
    return lq_wait_histogram_top_us(bucket);
}

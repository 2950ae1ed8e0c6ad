// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* rate_bucket.h - how many more there may be now: `per_s` come in a second, `burst` at once. Pure.
 * */
#ifndef LQ_RATE_BUCKET_H
#define LQ_RATE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct lq_rate_bucket {
    uint64_t full_at_ns; /* when it holds `burst` again; 0: it always did */
};

/* Take one. per_s and burst: 1 to a million. False: there is none, and nothing was taken. */
static inline bool lq_rate_bucket_take(struct lq_rate_bucket *bucket, uint32_t per_s,
                                       uint32_t burst, uint64_t now_ns)
{
    uint64_t each_ns = UINT64_C(1000000000) / per_s;
    uint64_t from_ns = bucket->full_at_ns > now_ns ? bucket->full_at_ns : now_ns;

    if (from_ns + each_ns - now_ns > each_ns * burst) {
        return false;
    }
    bucket->full_at_ns = from_ns + each_ns;
    return true;
}

#endif

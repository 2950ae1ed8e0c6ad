// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* token_bucket.h - tokens that come at a rate, as many as a second brings at the most.
 *
 *   spent | *                      a token taken: a billion up
 *         | | \        *
 *         | |   \    * | \         drained by `rate` a nanosecond, down to 0: the bucket is full
 *         +-+-----\--+-+---\----> time
 *
 * What is kept is what was spent and has not come back, in billionths of a token: exact at every
 * rate, and nothing runs while time passes. A bucket of zeroes is full. Pure, and all of it inline.
 */
#ifndef LQ_TOKEN_BUCKET_H
#define LQ_TOKEN_BUCKET_H

#include "base/clock.h"
#include "base/contract.h"

#include <stdbool.h>

#define LQ_TOKEN_BUCKET_RATE_MAX 1000000000u /* tokens a second */

struct lq_token_bucket {
    uint64_t spent; /* billionths of a token, at: */
    uint64_t at_ns;
};

/* What is spent at a time. A full bucket has the tokens of one second, so all is back by then. */
static inline uint64_t lq_token_bucket_spent(const struct lq_token_bucket *bucket, uint64_t rate,
                                             uint64_t now_ns)
{
    uint64_t passed_ns = now_ns - bucket->at_ns;

    LQ_ASSERT(rate >= 1);
    LQ_ASSERT(rate <= LQ_TOKEN_BUCKET_RATE_MAX);
    if (passed_ns >= LQ_NS_PER_S) {
        return 0;
    }
    /* The rate may have been higher when it was spent. */
    uint64_t most = rate * LQ_NS_PER_S;
    uint64_t spent = bucket->spent < most ? bucket->spent : most;
    return spent > passed_ns * rate ? spent - passed_ns * rate : 0;
}

/* Whole tokens that can be taken now. */
static inline uint64_t lq_token_bucket_tokens(const struct lq_token_bucket *bucket, uint64_t rate,
                                              uint64_t now_ns)
{
    return rate - (lq_token_bucket_spent(bucket, rate, now_ns) + LQ_NS_PER_S - 1) / LQ_NS_PER_S;
}

/* Take one, if there is one. */
static inline bool lq_token_bucket_take(struct lq_token_bucket *bucket, uint64_t rate,
                                        uint64_t now_ns)
{
    uint64_t spent = lq_token_bucket_spent(bucket, rate, now_ns) + LQ_NS_PER_S;

    if (spent > rate * LQ_NS_PER_S) {
        return false;
    }
    *bucket = (struct lq_token_bucket){spent, now_ns};
    return true;
}

/* How long until one can be taken; 0: now. */
static inline uint64_t lq_token_bucket_wait_ns(const struct lq_token_bucket *bucket, uint64_t rate,
                                               uint64_t now_ns)
{
    uint64_t spent = lq_token_bucket_spent(bucket, rate, now_ns) + LQ_NS_PER_S;
    uint64_t most = rate * LQ_NS_PER_S;

    return spent > most ? (spent - most + rate - 1) / rate : 0;
}

#endif

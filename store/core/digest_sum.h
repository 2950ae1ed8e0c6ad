// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* digest_sum.h - the sum of many 32-byte digests: four 64-bit lanes, added without carry between
 * them. It is the same in whatever order they are added, and a digest that goes is subtracted: so a
 * writer keeps it in one step, and whatever vanished or was added beside it shows.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_DIGEST_SUM_H
#define LQ_DIGEST_SUM_H

#include "store/core/hash_chain.h"

enum { LQ_DIGEST_SUM_BYTES = 32, LQ_DIGEST_SUM_LANES = 4 };

struct lq_digest_sum {
    uint64_t lanes[LQ_DIGEST_SUM_LANES]; /* all zero: nothing was added */
};

void lq_digest_sum_add(struct lq_digest_sum *sum, const uint8_t digest[LQ_HASH_BYTES]);
void lq_digest_sum_subtract(struct lq_digest_sum *sum, const uint8_t digest[LQ_HASH_BYTES]);

/* Add a whole other sum, or subtract it. */
void lq_digest_sum_join(struct lq_digest_sum *sum, const struct lq_digest_sum *other);
void lq_digest_sum_part(struct lq_digest_sum *sum, const struct lq_digest_sum *other);

bool lq_digest_sum_equal(const struct lq_digest_sum *one, const struct lq_digest_sum *other);

/* As bytes, each lane little endian. */
void lq_digest_sum_put(const struct lq_digest_sum *sum, uint8_t to[LQ_DIGEST_SUM_BYTES]);
void lq_digest_sum_get(const uint8_t from[LQ_DIGEST_SUM_BYTES], struct lq_digest_sum *sum);

#endif

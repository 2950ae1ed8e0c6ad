// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/digest_sum.h"

#include "base/little_endian.h"

void lq_digest_sum_add(struct lq_digest_sum *sum, const uint8_t digest[LQ_HASH_BYTES])
{
    for (int lane = 0; lane < LQ_DIGEST_SUM_LANES; lane++) {
        sum->lanes[lane] += lq_get_u64(digest + 8 * lane);
    }
}

void lq_digest_sum_subtract(struct lq_digest_sum *sum, const uint8_t digest[LQ_HASH_BYTES])
{
    for (int lane = 0; lane < LQ_DIGEST_SUM_LANES; lane++) {
        sum->lanes[lane] -= lq_get_u64(digest + 8 * lane);
    }
}

void lq_digest_sum_join(struct lq_digest_sum *sum, const struct lq_digest_sum *other)
{
    for (int lane = 0; lane < LQ_DIGEST_SUM_LANES; lane++) {
        sum->lanes[lane] += other->lanes[lane];
    }
}

void lq_digest_sum_part(struct lq_digest_sum *sum, const struct lq_digest_sum *other)
{
    for (int lane = 0; lane < LQ_DIGEST_SUM_LANES; lane++) {
        sum->lanes[lane] -= other->lanes[lane];
    }
}

bool lq_digest_sum_equal(const struct lq_digest_sum *one, const struct lq_digest_sum *other)
{
    return memcmp(one->lanes, other->lanes, sizeof one->lanes) == 0;
}

void lq_digest_sum_put(const struct lq_digest_sum *sum, uint8_t to[LQ_DIGEST_SUM_BYTES])
{
    for (int lane = 0; lane < LQ_DIGEST_SUM_LANES; lane++) {
        lq_put_u64(to + 8 * lane, sum->lanes[lane]);
    }
}

void lq_digest_sum_get(const uint8_t from[LQ_DIGEST_SUM_BYTES], struct lq_digest_sum *sum)
{
    for (int lane = 0; lane < LQ_DIGEST_SUM_LANES; lane++) {
        sum->lanes[lane] = lq_get_u64(from + 8 * lane);
    }
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/quota.h"

uint64_t lq_quota_most(enum lq_quota_kind kind)
{
    static const uint64_t most[LQ_QUOTA_KINDS] = {
        [LQ_QUOTA_COMMANDS] = 1000000000,   [LQ_QUOTA_TICKS] = 1000000000,
        [LQ_QUOTA_EXECUTIONS] = 65535,      [LQ_QUOTA_MAILBOX_BYTES] = UINT64_C(1) << 40,
        [LQ_QUOTA_SESSIONS_LIVE] = 4000000, [LQ_QUOTA_PAYLOAD_BYTES] = UINT64_C(1) << 40,
        [LQ_QUOTA_LETTERS] = 10000000,      [LQ_QUOTA_WEIGHT] = 100,
    };

    LQ_ASSERT(kind < LQ_QUOTA_KINDS);
    return most[kind];
}

void lq_quota_apply(struct lq_quota *quota, const struct lq_quota_change *change)
{
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        uint32_t bit = UINT32_C(1) << kind;
        if ((change->given & bit) == 0) {
            continue;
        }
        quota->own = (quota->own & ~bit) | (change->to.own & bit);
        quota->limits[kind] = (change->to.own & bit) != 0 ? change->to.limits[kind] : 0;
    }
}

bool lq_quota_valid(enum lq_quota_kind kind, uint64_t limit)
{
    if (limit == LQ_QUOTA_NO_LIMIT) {
        return kind != LQ_QUOTA_WEIGHT;
    }
    return limit >= 1 && limit <= lq_quota_most(kind);
}

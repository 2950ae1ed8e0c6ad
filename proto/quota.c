// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/quota.h"

#include "base/contract.h"

static const struct {
    const char *name;
    uint64_t most;
} kinds[LQ_QUOTA_KINDS] = {
    [LQ_QUOTA_COMMANDS] = {"commands/s", 1000000000},
    [LQ_QUOTA_TICKS] = {"ticks/s", 1000000000},
    [LQ_QUOTA_EXECUTIONS] = {"executions", 65535},
    [LQ_QUOTA_MAILBOX_BYTES] = {"mailbox-bytes", UINT64_C(1) << 40},
    [LQ_QUOTA_SESSIONS_LIVE] = {"sessions-live", 4000000},
    [LQ_QUOTA_PAYLOAD_BYTES] = {"payload-bytes", UINT64_C(1) << 40},
    [LQ_QUOTA_LETTERS] = {"letters", 10000000},
    [LQ_QUOTA_WEIGHT] = {"weight", 100},
};

const char *lq_quota_name(enum lq_quota_kind kind)
{
    LQ_ASSERT(kind < LQ_QUOTA_KINDS);
    return kinds[kind].name;
}

uint64_t lq_quota_most(enum lq_quota_kind kind)
{
    LQ_ASSERT(kind < LQ_QUOTA_KINDS);
    return kinds[kind].most;
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

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/quota_codec.h"

#include "proto/wire_in.h"

#include "ledgerquest/v1/client.pb-c.h"

#define KIND_BITS ((UINT32_C(1) << LQ_QUOTA_KINDS) - 1)

void lq_quota_codec_put(struct lq_wire_out *out, uint32_t number,
                        const struct lq_quota_change *quota)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_uint32(out, 1, quota->given);
    lq_wire_out_uint32(out, 2, quota->to.own);
    lq_wire_out_column64(out, 3, quota->to.limits, LQ_QUOTA_KINDS);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_quota_codec_take(const Ledgerquest__V1__Quota *from,
                                   struct lq_quota_change *quota, const char **where)
{
    *quota = (struct lq_quota_change){.given = from->given, .to.own = from->own};
    if (!lq_wire_in_require((from->given & ~KIND_BITS) == 0, "quota.given", where) ||
        !lq_wire_in_require((from->own & ~KIND_BITS) == 0, "quota.own", where)) {
        return LQ_ERR_MALFORMED;
    }
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        uint64_t limit = kind < from->n_limits ? from->limits[kind] : 0;
        if (!lq_wire_in_require(!lq_quota_is_own(&quota->to, (enum lq_quota_kind)kind) ||
                                    lq_quota_valid((enum lq_quota_kind)kind, limit),
                                "quota.limits", where)) {
            return LQ_ERR_MALFORMED;
        }
        quota->to.limits[kind] = limit;
    }
    return LQ_OK;
}

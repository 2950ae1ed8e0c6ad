// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/quota_use.h"

#include "base/clock.h"
#include "broker/core/tenant_load.h"
#include "broker/core/tenant_quota.h"

static uint64_t used_of(const struct lq_broker_core *core, uint32_t index, enum lq_quota_kind kind,
                        uint64_t now_ns)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];
    struct lq_tenant_load_figures figures;

    switch (kind) {
    case LQ_QUOTA_COMMANDS:
        lq_tenant_load_read(core, index, now_ns, &figures);
        return figures.commands_per_s;
    case LQ_QUOTA_TICKS:
        lq_tenant_load_read(core, index, now_ns, &figures);
        return figures.ticks_per_s;
    case LQ_QUOTA_EXECUTIONS:
        return tenant->executions;
    case LQ_QUOTA_MAILBOX_BYTES:
        return tenant->mailbox_bytes;
    case LQ_QUOTA_SESSIONS_LIVE:
        return tenant->sessions;
    case LQ_QUOTA_PAYLOAD_BYTES:
        return tenant->payload_bytes;
    case LQ_QUOTA_LETTERS:
        return tenant->letters;
    default:
        return 0;
    }
}

/* What is counted by the second has tokens, whatever was used of late. */
static void read_tokens(const struct lq_token_bucket *bucket, uint64_t now_ns,
                        struct lq_quota_use *to)
{
    to->left = lq_token_bucket_tokens(bucket, to->limit, now_ns);
    to->next_ms =
        (uint32_t)((lq_token_bucket_wait_ns(bucket, to->limit, now_ns) + LQ_NS_PER_MS - 1) /
                   LQ_NS_PER_MS);
}

void lq_quota_use_read(const struct lq_broker_core *core, uint32_t index, enum lq_quota_kind kind,
                       uint64_t now_ns, struct lq_quota_use *to)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];

    *to = (struct lq_quota_use){.name = lq_view_text(lq_quota_name(kind)),
                                .own = lq_quota_is_own(&tenant->quota, kind),
                                .limit = lq_tenant_quota_limit(core, index, kind),
                                .used = index == 0 ? 0 : used_of(core, index, kind, now_ns),
                                .refused = tenant->refused[kind]};
    if (to->limit == LQ_QUOTA_NO_LIMIT || kind == LQ_QUOTA_WEIGHT) {
        return;
    }
    if (kind == LQ_QUOTA_COMMANDS) {
        read_tokens(&tenant->command_bucket, now_ns, to);
    } else if (kind == LQ_QUOTA_TICKS) {
        read_tokens(&tenant->tick_bucket, now_ns, to);
    } else {
        to->left = to->used < to->limit ? to->limit - to->used : 0;
    }
}

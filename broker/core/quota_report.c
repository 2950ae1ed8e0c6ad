// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/quota_report.h"

#include "broker/core/effect_list.h"
#include "broker/core/tenant_quota.h"

#define EVERY_NS ((uint64_t)LQ_QUOTA_REPORT_EVERY_S * LQ_NS_PER_S)

void lq_quota_report_refused(struct lq_broker_core *core, uint32_t tenant, uint8_t quota,
                             struct lq_broker_effects *out)
{
    if (tenant == 0 || quota == LQ_QUOTA_KINDS) {
        return;
    }
    const struct lq_core_tenant *record = &core->tenants[tenant];
    struct lq_quota_told *told = &core->tenants[tenant].told[quota];
    if (told->at_ns != 0 && core->now_ns - told->at_ns < EVERY_NS) {
        return;
    }
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_STORE_QUOTA_EXCEEDED);
    memcpy(effect->quota_exceeded.tenant, record->name, sizeof record->name);
    effect->quota_exceeded.quota = quota;
    effect->quota_exceeded.limit = lq_tenant_quota_limit(core, tenant, (enum lq_quota_kind)quota);
    effect->quota_exceeded.refused = record->refused[quota] - told->refused;
    told->at_ns = core->now_ns;
    told->refused = record->refused[quota];
}

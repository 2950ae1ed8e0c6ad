// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant.h"

/* The head of the chain that a hash leads to. */
static uint32_t *bucket_of(const struct lq_broker_core *core, uint64_t hash)
{
    return &core->tenant_buckets[lq_hashed_names_mix(hash) & core->bucket_mask_tenants];
}

static uint32_t find(const struct lq_broker_core *core, const struct lq_hashed_names *key)
{
    uint32_t index = *bucket_of(core, key->tenant_hash);

    while (index != 0 &&
           (core->tenants[index].hash != key->tenant_hash ||
            !lq_view_equal(lq_tenant_name(&core->tenants[index]), key->names.tenant))) {
        index = core->tenants[index].hash_next;
    }
    return index;
}

uint32_t lq_tenant_keep(struct lq_broker_core *core, const struct lq_hashed_names *key)
{
    struct lq_view name = key->names.tenant;
    uint32_t *bucket = bucket_of(core, key->tenant_hash);
    uint32_t index = find(core, key);

    LQ_ASSERT(name.bytes <= LQ_TENANT_NAME_BYTES_MAX);
    if (index != 0) {
        return index;
    }
    index = lq_record_pool_take(&core->tenant_pool, lq_core_tables_tenant_links(core));
    if (index == 0) {
        return 0;
    }
    struct lq_core_tenant *tenant = &core->tenants[index];
    memset(tenant, 0, sizeof *tenant);
    memcpy(tenant->name, name.data, name.bytes);
    tenant->name_bytes = (uint8_t)name.bytes;
    tenant->hash = key->tenant_hash;
    tenant->hash_next = *bucket;
    *bucket = index;
    return index;
}

void lq_tenant_release(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_tenant *tenant = &core->tenants[index];
    uint32_t *link = bucket_of(core, tenant->hash);

    if (tenant->sessions > 0 || tenant->ringed || tenant->flows > 0) {
        return;
    }
    LQ_ASSERT(tenant->commands == 0);
    LQ_ASSERT(tenant->executions == 0);
    while (*link != index) {
        link = &core->tenants[*link].hash_next;
    }
    *link = tenant->hash_next;
    lq_record_pool_give(&core->tenant_pool, lq_core_tables_tenant_links(core), index);
}

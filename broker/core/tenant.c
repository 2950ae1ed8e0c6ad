// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant.h"

#include "broker/core/tenant_durability.h"

/* The head of the chain that a hash leads to. */
static uint32_t *bucket_of(const struct lq_broker_core *core, uint64_t hash)
{
    return &core->tenant_buckets[lq_hashed_names_mix(hash) & core->bucket_mask_tenants];
}

uint32_t lq_tenant_find(const struct lq_broker_core *core, const struct lq_hashed_names *key)
{
    uint32_t index = *bucket_of(core, key->tenant_hash);

    while (index != 0 &&
           (core->tenants[index].hash != key->tenant_hash ||
            !lq_view_equal(lq_tenant_name(&core->tenants[index]), key->names.tenant))) {
        index = core->tenants[index].hash_next;
    }
    return index;
}

/* ---- idle ones ---- */

static uint8_t place_of(const struct lq_core_tenant *tenant)
{
    if (tenant->sessions > 0) {
        return LQ_TENANT_AT_WORK;
    }
    if (lq_tenant_has_own(tenant)) {
        return LQ_TENANT_WITH_OWN;
    }
    if (tenant->requests > 0 || tenant->flows > 0 || tenant->held.count > 0 || tenant->behind) {
        return LQ_TENANT_HELD;
    }
    return tenant->letters > 0 ? LQ_TENANT_IDLE_WITH_LETTERS : LQ_TENANT_IDLE;
}

static void leave(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_tenant *tenant = &core->tenants[index];

    core->tenants_at_work -= tenant->place == LQ_TENANT_AT_WORK;
    if (tenant->place >= LQ_TENANT_IDLE_LISTS) {
        return;
    }
    if (tenant->idle_longer != 0) {
        core->tenants[tenant->idle_longer].idle_shorter = tenant->idle_shorter;
    } else {
        core->idle_tenants[tenant->place].longest = tenant->idle_shorter;
    }
    if (tenant->idle_shorter != 0) {
        core->tenants[tenant->idle_shorter].idle_longer = tenant->idle_longer;
    } else {
        core->idle_tenants[tenant->place].shortest = tenant->idle_longer;
    }
}

static void enter(struct lq_broker_core *core, uint32_t index, uint8_t place)
{
    struct lq_core_tenant *tenant = &core->tenants[index];

    tenant->place = place;
    core->tenants_at_work += place == LQ_TENANT_AT_WORK;
    if (place >= LQ_TENANT_IDLE_LISTS) {
        return;
    }
    tenant->idle_longer = core->idle_tenants[place].shortest;
    tenant->idle_shorter = 0;
    if (tenant->idle_longer != 0) {
        core->tenants[tenant->idle_longer].idle_shorter = index;
    } else {
        core->idle_tenants[place].longest = index;
    }
    core->idle_tenants[place].shortest = index;
}

void lq_tenant_settle(struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];
    uint8_t place = place_of(tenant);

    if (place == tenant->place) {
        return;
    }
    leave(core, index);
    enter(core, index, place);
    LQ_ASSERT(place == LQ_TENANT_AT_WORK || tenant->commands == 0);
    LQ_ASSERT(place == LQ_TENANT_AT_WORK || tenant->executions == 0);
    LQ_ASSERT(place == LQ_TENANT_AT_WORK || !tenant->ringed);
}

/* Take the record of the tenant that can be missed most; 0: none can. */
static uint32_t forget_one(struct lq_broker_core *core)
{
    uint32_t index = core->idle_tenants[LQ_TENANT_IDLE].longest;

    if (index == 0) {
        index = core->idle_tenants[LQ_TENANT_IDLE_WITH_LETTERS].longest;
    }
    if (index == 0) {
        return 0;
    }
    struct lq_core_tenant *tenant = &core->tenants[index];
    uint32_t *link = bucket_of(core, tenant->hash);
    while (*link != index) {
        link = &core->tenants[*link].hash_next;
    }
    *link = tenant->hash_next;
    leave(core, index);
    return index;
}

uint32_t lq_tenant_keep(struct lq_broker_core *core, const struct lq_hashed_names *key)
{
    struct lq_view name = key->names.tenant;
    uint32_t *bucket = bucket_of(core, key->tenant_hash);
    uint32_t index = lq_tenant_find(core, key);

    LQ_ASSERT(name.bytes <= LQ_TENANT_NAME_BYTES_MAX);
    if (index != 0) {
        return index;
    }
    index = lq_record_pool_take(&core->tenant_pool, lq_core_tables_tenant_links(core));
    index = index != 0 ? index : forget_one(core);
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
    lq_tenant_durability_begin(core, index, key);
    enter(core, index, LQ_TENANT_IDLE);
    return index;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/session.h"

static uint32_t take_session(struct lq_broker_core *core)
{
    uint32_t index = core->sessions_free;

    if (index != 0) {
        core->sessions_free = core->sessions[index].hash_next;
    } else if (core->sessions_top < core->config.sessions_max) {
        index = ++core->sessions_top;
    }
    if (index != 0) {
        memset(&core->sessions[index], 0, sizeof core->sessions[index]);
    }
    return index;
}

/* The last bytes of a name move FNV's hash by little; names that differ in a last digit must not
 * get neighbouring grid phases, so it is mixed once more (the finaliser of MurmurHash3). */
static uint32_t name_hash(struct lq_view tenant, struct lq_view session)
{
    uint64_t hash = lq_letter_index_session_hash(tenant, session);

    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)(hash >> 32);
}

static struct lq_view tenant_name(const struct lq_core_tenant *tenant)
{
    return lq_view_of(tenant->name, tenant->name_bytes);
}

static uint32_t find_tenant(const struct lq_broker_core *core, struct lq_view name)
{
    uint32_t bucket = name_hash(name, lq_view_of("", 0)) & core->bucket_mask_tenants;
    uint32_t index = core->tenant_buckets[bucket];

    while (index != 0 && !lq_view_equal(tenant_name(&core->tenants[index]), name)) {
        index = core->tenants[index].hash_next;
    }
    return index;
}

static uint32_t find_hashed(const struct lq_broker_core *core, uint32_t hash, struct lq_view tenant,
                            struct lq_view session)
{
    uint32_t index = core->session_buckets[hash & core->bucket_mask_sessions];

    for (; index != 0; index = core->sessions[index].hash_next) {
        const struct lq_core_session *candidate = &core->sessions[index];
        if (candidate->hash == hash &&
            lq_view_equal(lq_view_of(candidate->name, candidate->name_bytes), session) &&
            lq_view_equal(tenant_name(&core->tenants[candidate->tenant]), tenant)) {
            break;
        }
    }
    return index;
}

uint32_t lq_session_find(const struct lq_broker_core *core, struct lq_view tenant,
                         struct lq_view session)
{
    return find_hashed(core, name_hash(tenant, session), tenant, session);
}

static uint32_t keep_tenant(struct lq_broker_core *core, struct lq_view name)
{
    uint32_t index = find_tenant(core, name);

    if (index != 0) {
        return index;
    }
    index = core->tenants_free;
    if (index != 0) {
        core->tenants_free = core->tenants[index].next;
    } else if (core->tenants_top < core->config.tenants_max) {
        index = ++core->tenants_top;
    } else {
        return 0;
    }
    struct lq_core_tenant *tenant = &core->tenants[index];
    memset(tenant, 0, sizeof *tenant);
    memcpy(tenant->name, name.data, name.bytes);
    tenant->name_bytes = (uint8_t)name.bytes;
    uint32_t *bucket =
        &core->tenant_buckets[name_hash(name, lq_view_of("", 0)) & core->bucket_mask_tenants];
    tenant->hash_next = *bucket;
    *bucket = index;
    return index;
}

static void release_tenant(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_tenant *tenant = &core->tenants[index];

    if (tenant->sessions > 0 || tenant->ringed) {
        return;
    }
    LQ_ASSERT(tenant->commands == 0);
    LQ_ASSERT(tenant->executions == 0);
    uint32_t hash = name_hash(tenant_name(tenant), lq_view_of("", 0));
    uint32_t *link = &core->tenant_buckets[hash & core->bucket_mask_tenants];
    while (*link != index) {
        link = &core->tenants[*link].hash_next;
    }
    *link = tenant->hash_next;
    tenant->next = core->tenants_free;
    core->tenants_free = index;
}

uint32_t lq_session_keep(struct lq_broker_core *core, struct lq_view tenant, struct lq_view session)
{
    uint32_t hash = name_hash(tenant, session);
    uint32_t index = find_hashed(core, hash, tenant, session);

    LQ_ASSERT(tenant.bytes <= LQ_TENANT_NAME_BYTES_MAX);
    LQ_ASSERT(session.bytes <= LQ_SESSION_NAME_BYTES_MAX);
    if (index != 0) {
        return index;
    }
    uint32_t owner = keep_tenant(core, tenant);
    if (owner == 0) {
        return 0;
    }
    index = take_session(core);
    if (index == 0) {
        release_tenant(core, owner);
        return 0;
    }
    struct lq_core_session *made = &core->sessions[index];
    made->tenant = owner;
    made->hash = hash;
    made->name_bytes = (uint8_t)session.bytes;
    memcpy(made->name, session.data, session.bytes);
    uint32_t *bucket = &core->session_buckets[hash & core->bucket_mask_sessions];
    made->hash_next = *bucket;
    *bucket = index;
    core->tenants[owner].sessions++;
    core->sessions_resident++;
    return index;
}

void lq_session_release(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_session *session = &core->sessions[index];

    if (session->execution != 0 || session->mailbox_count > 0 || session->parked ||
        session->rate_numerator > 0 || session->openable || session->tick_due ||
        session->deaths_in_row > 0) {
        return;
    }
    uint32_t *link = &core->session_buckets[session->hash & core->bucket_mask_sessions];
    while (*link != index) {
        link = &core->sessions[*link].hash_next;
    }
    *link = session->hash_next;
    core->tenants[session->tenant].sessions--;
    release_tenant(core, session->tenant);
    session->hash_next = core->sessions_free;
    core->sessions_free = index;
    core->sessions_resident--;
}

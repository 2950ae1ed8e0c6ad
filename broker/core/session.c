// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/session.h"

#include "broker/core/tenant.h"

/* The head of the chain that a hash leads to. */
static uint32_t *bucket_of(const struct lq_broker_core *core, uint64_t hash)
{
    return &core->session_buckets[lq_hashed_names_mix(hash) & core->bucket_mask_sessions];
}

struct lq_session_names lq_session_names(const struct lq_broker_core *core,
                                         const struct lq_core_session *session)
{
    return (struct lq_session_names){lq_tenant_name(&core->tenants[session->tenant]),
                                     lq_view_of(session->name, session->name_bytes)};
}

uint32_t lq_session_find(const struct lq_broker_core *core, const struct lq_hashed_names *key)
{
    uint32_t index = *bucket_of(core, key->hash);

    while (index != 0 &&
           (core->sessions[index].hash != key->hash ||
            !lq_session_names_equal(lq_session_names(core, &core->sessions[index]), key->names))) {
        index = core->sessions[index].hash_next;
    }
    return index;
}

static uint32_t make(struct lq_broker_core *core, const struct lq_hashed_names *key,
                     uint32_t tenant)
{
    struct lq_view name = key->names.session;
    uint32_t *bucket = bucket_of(core, key->hash);
    uint32_t index = lq_record_pool_take(&core->session_pool, lq_core_tables_session_links(core));

    if (index == 0) {
        return 0;
    }
    struct lq_core_session *session = &core->sessions[index];
    memset(session, 0, sizeof *session);
    session->tenant = tenant;
    session->hash = key->hash;
    session->name_bytes = (uint8_t)name.bytes;
    memcpy(session->name, name.data, name.bytes);
    session->hash_next = *bucket;
    *bucket = index;
    core->tenants[tenant].sessions++;
    core->sessions_resident++;
    return index;
}

uint32_t lq_session_keep(struct lq_broker_core *core, const struct lq_hashed_names *key)
{
    uint32_t index = lq_session_find(core, key);

    LQ_ASSERT(key->names.session.bytes <= LQ_SESSION_NAME_BYTES_MAX);
    if (index != 0) {
        return index;
    }
    uint32_t tenant = lq_tenant_keep(core, key);
    if (tenant == 0 || (core->tenants[tenant].sessions == 0 &&
                        core->tenants_at_work >= core->config.tenants_max)) {
        return 0;
    }
    index = make(core, key, tenant);
    lq_tenant_settle(core, tenant);
    return index;
}

void lq_session_release(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_session *session = &core->sessions[index];
    uint32_t *link = bucket_of(core, session->hash);

    if (session->execution != 0 || session->mailbox.count > 0 || session->parked ||
        session->rate_numerator > 0 || session->openable || session->tick_due || session->stopped ||
        session->rate_due || session->deaths_in_row > 0) {
        return;
    }
    while (*link != index) {
        link = &core->sessions[*link].hash_next;
    }
    *link = session->hash_next;
    core->tenants[session->tenant].sessions--;
    lq_tenant_settle(core, session->tenant);
    lq_record_pool_give(&core->session_pool, lq_core_tables_session_links(core), index);
    core->sessions_resident--;
}

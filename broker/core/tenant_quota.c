// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant_quota.h"

#include "base/error_name.h"
#include "broker/core/held_answers.h"
#include "broker/core/partition.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_ring.h"

/* The quota's name behind the colon: lq_quota_name(). */
static const char *const reasons[LQ_QUOTA_KINDS] = {
    [LQ_QUOTA_COMMANDS] = LQ_REASON_TENANT_QUOTA ": commands/s",
    [LQ_QUOTA_MAILBOX_BYTES] = LQ_REASON_TENANT_QUOTA ": mailbox-bytes",
    [LQ_QUOTA_SESSIONS_LIVE] = LQ_REASON_TENANT_QUOTA ": sessions-live",
    [LQ_QUOTA_PAYLOAD_BYTES] = LQ_REASON_TENANT_QUOTA ": payload-bytes",
};

/* A pool that all tenants share: what to say when it is used up, and when the tenant holds as much
 * of it as is free. */
struct pool {
    uint64_t held_by_tenant, held, max;
    const char *full, *share;
};

static const struct lq_tenant_refusal not_refused = {NULL, LQ_QUOTA_KINDS};

static struct lq_tenant_refusal by_quota(enum lq_quota_kind kind)
{
    LQ_ASSERT(reasons[kind] != NULL);
    return (struct lq_tenant_refusal){reasons[kind], (uint8_t)kind};
}

/* A tenant that is not known has nothing. */
static const struct lq_core_tenant *record_of(const struct lq_broker_core *core, uint32_t tenant)
{
    static const struct lq_core_tenant unknown;

    return tenant != 0 ? &core->tenants[tenant] : &unknown;
}

static uint64_t free_of(uint64_t held, uint64_t max)
{
    return held < max ? max - held : 0;
}

static struct lq_tenant_refusal by_pool(const struct pool *pool)
{
    uint64_t free = free_of(pool->held, pool->max);

    if (pool->held_by_tenant < free) {
        return not_refused;
    }
    return (struct lq_tenant_refusal){free == 0 ? pool->full : pool->share, LQ_QUOTA_KINDS};
}

static struct lq_tenant_refusal by_command_pool(const struct lq_broker_core *core, uint32_t tenant)
{
    const struct pool pool = {
        record_of(core, tenant)->commands, core->commands_held, core->config.commands_max,
        LQ_REASON_BROKER_FULL ": too many commands wait",
        LQ_REASON_BROKER_FULL ": too many commands of this tenant wait: as many as are free"};

    return by_pool(&pool);
}

static struct lq_tenant_refusal by_session_pool(const struct lq_broker_core *core, uint32_t tenant)
{
    const struct pool pool = {
        record_of(core, tenant)->sessions, core->sessions_resident, core->config.sessions_max,
        LQ_REASON_BROKER_FULL ": too many sessions are at work",
        LQ_REASON_BROKER_FULL
        ": too many sessions of this tenant are at work: as many as are free"};

    return by_pool(&pool);
}

/* With the bytes that are to come, so that what waits never fills the pool by itself: then nothing
 * would open that could end. */
static struct lq_tenant_refusal by_payload_pool(const struct lq_broker_core *core, uint32_t tenant,
                                                uint64_t bytes)
{
    const struct pool pool = {
        record_of(core, tenant)->payload_bytes + bytes, core->payload_bytes,
        core->config.payload_bytes_max, LQ_REASON_BROKER_FULL ": too many bytes are under way",
        LQ_REASON_BROKER_FULL ": too many bytes of this tenant are under way: as many as are free"};

    return by_pool(&pool);
}

/* ---- what it may use ---- */

void lq_tenant_quota_defaults(struct lq_broker_core *core)
{
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        uint64_t limit = core->config.tenant_quotas[kind];
        core->quotas[kind] = limit > 0 ? limit : LQ_QUOTA_NO_LIMIT;
    }
    core->quotas[LQ_QUOTA_EXECUTIONS] = core->config.tenant_executions_max;
    if (core->quotas[LQ_QUOTA_WEIGHT] == LQ_QUOTA_NO_LIMIT) {
        core->quotas[LQ_QUOTA_WEIGHT] = 1;
    }
}

void lq_tenant_quota_set(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    const struct lq_quota *quota = event->quota;
    uint32_t index = quota->own != 0 ? lq_tenant_keep(core, &key) : lq_tenant_find(core, &key);

    if (index == 0) {
        return;
    }
    struct lq_core_tenant *tenant = &core->tenants[index];
    bool had = lq_tenant_has_own(tenant);
    tenant->quota = *quota;
    core->tenants_with_own += lq_tenant_has_own(tenant);
    core->tenants_with_own -= had;
    lq_tenant_settle(core, index);
    /* It may have waited for what it has now. */
    core->letter_room = true;
    lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_TENANT, index));
    lq_tenant_quota_due(core, index);
}

/* ---- commands ---- */

struct lq_tenant_refusal lq_tenant_quota_refuses(const struct lq_broker_core *core, uint32_t tenant,
                                                 bool resident, uint64_t bytes)
{
    const struct lq_core_tenant *record = record_of(core, tenant);
    uint64_t rate = lq_tenant_quota_limit(core, tenant, LQ_QUOTA_COMMANDS);
    uint64_t mailbox = lq_tenant_quota_limit(core, tenant, LQ_QUOTA_MAILBOX_BYTES);
    uint64_t payload = lq_tenant_quota_limit(core, tenant, LQ_QUOTA_PAYLOAD_BYTES);
    struct lq_tenant_refusal refusal = by_command_pool(core, tenant);

    if (rate != LQ_QUOTA_NO_LIMIT &&
        lq_token_bucket_wait_ns(&record->command_bucket, rate, core->now_ns) > 0) {
        return by_quota(LQ_QUOTA_COMMANDS);
    }
    if (record->mailbox_bytes + bytes > mailbox) {
        return by_quota(LQ_QUOTA_MAILBOX_BYTES);
    }
    if (record->payload_bytes + bytes > payload) {
        return by_quota(LQ_QUOTA_PAYLOAD_BYTES);
    }
    if (refusal.reason == NULL && !resident) {
        refusal = lq_tenant_quota_refuses_session(core, tenant);
    }
    return refusal.reason == NULL ? by_payload_pool(core, tenant, bytes) : refusal;
}

uint32_t lq_tenant_quota_refused(struct lq_broker_core *core, uint32_t tenant, uint8_t quota)
{
    if (quota == LQ_QUOTA_KINDS) {
        return 0;
    }
    core->tenants[tenant].refused[quota]++;
    core->tenants[tenant].refused_ns = core->now_ns;
    core->tenants[tenant].refused_by = quota;
    if (quota != LQ_QUOTA_COMMANDS) {
        return 0;
    }
    uint64_t wait_ns = lq_token_bucket_wait_ns(
        &core->tenants[tenant].command_bucket,
        lq_tenant_quota_limit(core, tenant, LQ_QUOTA_COMMANDS), core->now_ns);
    return (uint32_t)((wait_ns + LQ_NS_PER_MS - 1) / LQ_NS_PER_MS);
}

void lq_tenant_quota_pay_command(struct lq_broker_core *core, uint32_t tenant)
{
    uint64_t rate = lq_tenant_quota_limit(core, tenant, LQ_QUOTA_COMMANDS);

    if (rate != LQ_QUOTA_NO_LIMIT) {
        bool paid = lq_token_bucket_take(&core->tenants[tenant].command_bucket, rate, core->now_ns);
        LQ_ASSERT(paid);
    }
}

struct lq_tenant_refusal lq_tenant_quota_refuses_session(const struct lq_broker_core *core,
                                                         uint32_t tenant)
{
    if (record_of(core, tenant)->sessions >=
        lq_tenant_quota_limit(core, tenant, LQ_QUOTA_SESSIONS_LIVE)) {
        return by_quota(LQ_QUOTA_SESSIONS_LIVE);
    }
    return by_session_pool(core, tenant);
}

/* ---- what waits ---- */

bool lq_tenant_quota_bars_tick(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];

    if (tenant->executions >= lq_tenant_quota_limit(core, index, LQ_QUOTA_EXECUTIONS)) {
        return true;
    }
    /* One may always be open: only what ends makes room. */
    return tenant->executions > 0 &&
           (tenant->executions >= free_of(core->executions_open, core->config.executions_max) ||
            tenant->payload_bytes >= lq_tenant_quota_limit(core, index, LQ_QUOTA_PAYLOAD_BYTES) ||
            tenant->payload_bytes >= free_of(core->payload_bytes, core->config.payload_bytes_max));
}

bool lq_tenant_quota_pay_tick(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_tenant *tenant = &core->tenants[index];
    uint64_t rate = lq_tenant_quota_limit(core, index, LQ_QUOTA_TICKS);

    if (rate == LQ_QUOTA_NO_LIMIT ||
        lq_token_bucket_take(&tenant->tick_bucket, rate, core->now_ns)) {
        return true;
    }
    tenant->unpaid = true;
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_TENANT, index),
                      core->now_ns +
                          lq_token_bucket_wait_ns(&tenant->tick_bucket, rate, core->now_ns));
    return false;
}

bool lq_tenant_quota_spares(const struct lq_broker_core *core, uint32_t index, uint32_t bytes)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];
    uint64_t own = lq_tenant_quota_limit(core, index, LQ_QUOTA_PAYLOAD_BYTES);
    uint64_t share = free_of(core->payload_bytes, core->config.payload_bytes_max);

    return tenant->payload_bytes + bytes <= (own < share ? own : share) / 2;
}

void lq_tenant_quota_due(struct lq_broker_core *core, uint32_t tenant)
{
    core->tenants[tenant].unpaid = false;
    core->tenants[tenant].paid_again_ns = core->now_ns;
    lq_tenant_ring_add(core, tenant);
}

bool lq_tenant_quota_has_letter(const struct lq_broker_core *core, uint32_t tenant)
{
    uint64_t letters = core->tenants[tenant].letters;

    return letters < lq_tenant_quota_limit(core, tenant, LQ_QUOTA_LETTERS) &&
           letters < free_of(core->letters_open, core->config.letters_max);
}

/* ---- what the shell asks ---- */

static uint32_t find_by_name(const struct lq_broker_core *core, struct lq_view name)
{
    struct lq_hashed_names key = lq_hashed_names_of((struct lq_session_names){.tenant = name});

    return lq_tenant_find(core, &key);
}

uint32_t lq_broker_core_admits(const lq_broker_core_t *core, struct lq_view name, uint64_t now_ns)
{
    uint32_t tenant = find_by_name(core, name);
    const struct lq_core_tenant *record = record_of(core, tenant);
    uint64_t rate = lq_tenant_quota_limit(core, tenant, LQ_QUOTA_COMMANDS);
    uint64_t free = free_of(core->commands_held, core->config.commands_max);
    uint64_t most = free_of(record->commands, core->config.tenant_commands_max);

    if (record->mailbox_bytes >= lq_tenant_quota_limit(core, tenant, LQ_QUOTA_MAILBOX_BYTES) ||
        record->payload_bytes >= lq_tenant_quota_limit(core, tenant, LQ_QUOTA_PAYLOAD_BYTES) ||
        lq_partition_barred(core, 0) != NULL || lq_held_answers_barred(core, tenant) != NULL) {
        return 0;
    }
    /* Each that comes takes one of the free ones as well. */
    uint64_t share = (free_of(record->commands, free) + 1) / 2;
    most = most < share ? most : share;
    if (rate != LQ_QUOTA_NO_LIMIT) {
        uint64_t tokens = lq_token_bucket_tokens(&record->command_bucket, rate, now_ns);
        most = most < tokens ? most : tokens;
    }
    return (uint32_t)most;
}

void lq_broker_core_quota(const lq_broker_core_t *core, struct lq_view name, struct lq_quota *to)
{
    uint32_t tenant = find_by_name(core, name);

    to->own = core->tenants[tenant].quota.own;
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        to->limits[kind] = lq_tenant_quota_limit(core, tenant, (enum lq_quota_kind)kind);
    }
}

bool lq_broker_core_has_room_for_quota(const lq_broker_core_t *core, struct lq_view name)
{
    uint32_t tenant = find_by_name(core, name);

    return core->tenants_with_own < core->config.tenants_max ||
           (tenant != 0 && lq_tenant_has_own(&core->tenants[tenant]));
}

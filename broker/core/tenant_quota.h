// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_quota.h - what a tenant may use, and what becomes of what is above it.
 *
 *   commands/s, mailbox-bytes,     a new command is refused and the quota named; what is above no
 *   payload-bytes, sessions-live   quota but finds a pool short is refused with the pool's name
 *   ticks/s, executions, letters   the tenant waits with what is its own
 *
 * A quota is the tenant's own or the configuration's for all tenants. What all tenants share a
 * tenant may hold as much of as is still free: one alone half of it, N of them what leaves another
 * one in N + 1 parts, so that nobody uses up what belongs to the cluster.
 */
#ifndef LQ_TENANT_QUOTA_H
#define LQ_TENANT_QUOTA_H

#include "broker/core/core_tables.h"

/* At start: the quotas of tenants that have none of their own. */
void lq_tenant_quota_defaults(struct lq_broker_core *core);

/* A tenant's own quotas, on disk; none: the configuration's are its own from now on. */
void lq_tenant_quota_set(struct lq_broker_core *core, const struct lq_broker_event *event);

/* Own, else the configuration's; LQ_QUOTA_NO_LIMIT: none. A weight is 1 to 100. */
static inline uint64_t lq_tenant_quota_limit(const struct lq_broker_core *core, uint32_t tenant,
                                             enum lq_quota_kind kind)
{
    const struct lq_quota *quota = &core->tenants[tenant].quota;

    return lq_quota_is_own(quota, kind) ? quota->limits[kind] : core->quotas[kind];
}

/* Why something is refused. */
struct lq_tenant_refusal {
    const char *reason; /* NULL: it is not */
    uint8_t quota;      /* enum lq_quota_kind; LQ_QUOTA_KINDS: none, a pool is short */
};

/* A new command of `bytes`, which would make its session resident if it is not. The tenant may be
 * 0: not known, so it has nothing. Takes no token. */
struct lq_tenant_refusal lq_tenant_quota_refuses(const struct lq_broker_core *core, uint32_t tenant,
                                                 bool resident, uint64_t bytes);

/* Count a refusal. Returns when a command is worth another try, in ms; 0: not known. */
uint32_t lq_tenant_quota_refused(struct lq_broker_core *core, uint32_t tenant, uint8_t quota);

/* A command came in: its token. */
void lq_tenant_quota_pay_command(struct lq_broker_core *core, uint32_t tenant);

/* One more session that is live, of that tenant or of one that is not known. */
struct lq_tenant_refusal lq_tenant_quota_refuses_session(const struct lq_broker_core *core,
                                                         uint32_t tenant);

/* Whether the tenant may open no tick until one of its own has ended. */
bool lq_tenant_quota_bars_tick(const struct lq_broker_core *core, uint32_t tenant);

/* The token of a tick that is to open. False: there is none, and the tenant comes back into the
 * ring when there is one. */
bool lq_tenant_quota_pay_tick(struct lq_broker_core *core, uint32_t tenant);

/* It is there. */
void lq_tenant_quota_due(struct lq_broker_core *core, uint32_t tenant);

/* Whether one more letter of the tenant may be open. */
bool lq_tenant_quota_has_letter(const struct lq_broker_core *core, uint32_t tenant);

/* Whether a payload may be kept that is no work under way: half of what the tenant may hold is left
 * for that. */
bool lq_tenant_quota_spares(const struct lq_broker_core *core, uint32_t tenant, uint32_t bytes);

/* Bytes of a payload that the core keeps, or gives back; tenant 0: nobody's. */
static inline void lq_tenant_quota_hold(struct lq_broker_core *core, uint32_t tenant,
                                        uint32_t bytes)
{
    core->payload_bytes += bytes;
    core->tenants[tenant].payload_bytes += bytes;
}

static inline void lq_tenant_quota_drop(struct lq_broker_core *core, uint32_t tenant,
                                        uint32_t bytes)
{
    LQ_ASSERT(core->payload_bytes >= bytes);
    LQ_ASSERT(core->tenants[tenant].payload_bytes >= bytes);
    core->payload_bytes -= bytes;
    core->tenants[tenant].payload_bytes -= bytes;
}

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_load.h - what each tenant uses of the cluster: its share of the time that stages work, how
 * long its tasks wait for them, ticks and commands.
 *
 *   halves of a window      | before | under way |
 *                           +--------+-----*-----+--> time
 *                                         now
 *
 * What is told is the sum of both halves: of the last 4 to 8 s. A half that is over is put behind
 * by whoever touches the record next, so no timer runs, and a tenant that does nothing costs
 * nothing. Halves begin at the same times for all tenants and for their sum, so that shares add up.
 */
#ifndef LQ_TENANT_LOAD_H
#define LQ_TENANT_LOAD_H

#include "broker/core/core_tables.h"

#include "base/clock.h"

#define LQ_TENANT_LOAD_HALF_NS (4 * LQ_NS_PER_S)

/* An item of a tenant's was answered, a task of it went to an actor after that long in its queue,
 * a tick of it is in the ledger, a command of it came in, got its receipt. All of them at
 * core->now_ns. Tenant 0 is nobody: not counted. */
void lq_tenant_load_served(struct lq_broker_core *core, uint32_t tenant, uint64_t service_ns);
void lq_tenant_load_waited(struct lq_broker_core *core, uint32_t tenant, uint64_t waited_ns);
void lq_tenant_load_ticked(struct lq_broker_core *core, uint32_t tenant);
void lq_tenant_load_submitted(struct lq_broker_core *core, uint32_t tenant);
void lq_tenant_load_receipted(struct lq_broker_core *core, uint32_t tenant);

/* What a window says at a time. */
struct lq_tenant_load_figures {
    uint32_t share_ppm; /* of the service time of all tenants */
    uint32_t wait_p50_us, wait_p99_us;
    uint32_t ticks_per_s, commands_per_s;
};
void lq_tenant_load_read(const struct lq_broker_core *core, uint32_t tenant, uint64_t now_ns,
                         struct lq_tenant_load_figures *to);

/* Service time of the window: what tenants are put in order by. */
uint64_t lq_tenant_load_service_ns(const struct lq_broker_core *core, uint32_t tenant,
                                   uint64_t now_ns);

#endif

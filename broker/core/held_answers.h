// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* held_answers.h - what tells of a frame and has to wait for the table.
 *
 *     receipt, duplicate, notice, creation, settled letter
 *        |
 *        +-- its tenant is local, or the table has it already ----------------> out
 *        |
 *        +-- a list of its tenant, in order --(the mirror tells how far)--> out at the next turn
 *
 * A list is in the order of what was decided: each waits for all that those before it wait for, so
 * that nobody hears of a later frame first. A copy of a command whose answer waits renews the
 * address of that answer. The worlds of notices wait with them while there is room for them
 * (tenant_quota.h); without, who wants worlds sees a gap.
 *
 * At the bound (a tenant may have as many as are free of broker/held_answers_max) no tick of the
 * tenant opens and new commands are refused with MIRROR_BEHIND; when the mirror may write no more,
 * with BROKER_PAUSED. What is under way then still finds room: the pool has more records than
 * the bound, for all commands and executions that there can be.
 */
#ifndef LQ_HELD_ANSWERS_H
#define LQ_HELD_ANSWERS_H

#include "broker/core/core_tables.h"

/* Records of the pool. */
uint32_t lq_held_answers_records(const struct lq_broker_core_config *config);

/* What an item of a stage tells of. */
static inline struct lq_core_needs lq_held_answers_needs(const struct lq_result_item *item)
{
    return (struct lq_core_needs){item->ledger_sequence, item->outbox_sequence, 0};
}

/* Whether what tells of that has to wait. Of a tenant that is not mirrored nothing has. */
bool lq_held_answers_waits_for(const struct lq_broker_core *core, uint32_t tenant,
                               const struct lq_core_needs *needs);
static inline bool lq_held_answers_waits(const struct lq_broker_core *core, uint32_t tenant,
                                         const struct lq_core_needs *needs)
{
    return core->tenants[tenant].mirrored && lq_held_answers_waits_for(core, tenant, needs);
}

/* If the effect that was added last has to wait, it is taken out of `out` again and held. Returns
 * whether it was. Of a notice the reference to its world, and of a creation that to its reply, goes
 * along; the world of a notice may be left out before (lq_tenant_quota_spares). */
bool lq_held_answers_take(struct lq_broker_core *core, uint32_t tenant,
                          const struct lq_core_needs *needs, struct lq_broker_effects *out);

/* The same of an answer to a command, which a copy of the command will find. */
bool lq_held_answers_take_answer(struct lq_broker_core *core, uint32_t tenant,
                                 const struct lq_held_command *command,
                                 const struct lq_core_needs *needs, struct lq_broker_effects *out);

/* A copy of a command whose answer waits: it goes to the copy's address. False: none waits. */
bool lq_held_answers_renew(struct lq_broker_core *core, const struct lq_broker_event *event,
                           uint64_t session_hash);

/* In a turn: what need not wait any more leaves, as much as has room. */
void lq_held_answers_release(struct lq_broker_core *core, struct lq_broker_effects *out);

/* Why the tenant may open nothing and submit nothing now, or NULL. Tenant 0: one that is not
 * known. */
const char *lq_held_answers_barred(const struct lq_broker_core *core, uint32_t tenant);

/* It has work and is barred: it comes back into the ring when that may be over. */
void lq_held_answers_await(struct lq_broker_core *core, uint32_t tenant);

#endif

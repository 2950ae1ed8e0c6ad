// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session.h - the sessions that are resident, by name. */
#ifndef LQ_SESSION_H
#define LQ_SESSION_H

#include "broker/core/core_tables.h"

/* The resident session of that name, or 0. */
uint32_t lq_session_find(const struct lq_broker_core *core, const struct lq_hashed_names *key);

/* Find or make it resident. 0: the sessions or the tenants are used up. */
uint32_t lq_session_keep(struct lq_broker_core *core, const struct lq_hashed_names *key);

/* Forget a session that nothing holds: no work, no rate, neither parked nor
 * stopped, no deaths to be counted on. */
void lq_session_release(struct lq_broker_core *core, uint32_t session);

/* What it is called; live until the next step. */
struct lq_session_names lq_session_names(const struct lq_broker_core *core,
                                         const struct lq_core_session *session);

#endif

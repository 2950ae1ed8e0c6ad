// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* quota_use.h - how much of each of its quotas a tenant uses, for people. */
#ifndef LQ_QUOTA_USE_H
#define LQ_QUOTA_USE_H

#include "broker/core/core_tables.h"

/* Limit, use, what is left, refusals of one kind. Tenant 0: of one that is not resident, which uses
 * nothing. */
void lq_quota_use_read(const struct lq_broker_core *core, uint32_t tenant, enum lq_quota_kind kind,
                       uint64_t now_ns, struct lq_quota_use *to);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* quota_report.h - that a tenant was above one of its quotas is told to others once a minute at
 * most: with the first command that is refused for it, and how many were since it was told before.
 *
 * Pure. */
#ifndef LQ_QUOTA_REPORT_H
#define LQ_QUOTA_REPORT_H

#include "broker/core/core_tables.h"

enum { LQ_QUOTA_REPORT_EVERY_S = 60 };

/* A command was just refused for that quota; LQ_QUOTA_KINDS: for none. */
void lq_quota_report_refused(struct lq_broker_core *core, uint32_t tenant, uint8_t quota,
                             struct lq_broker_effects *out);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_delay.h - why no answer came: of a mirrored tenant they are held until the table has what
 * they tell of. */
#ifndef LQ_MIRROR_DELAY_H
#define LQ_MIRROR_DELAY_H

#include "cli/broker_call.h"

/* Behind a time-out: if answers about the tenant are held for the mirror, that, and what to do, on
 * stderr. Says nothing when the tenant is not mirrored, or the broker does not answer that either.
 */
void lq_mirror_delay_explain(struct lq_broker_call *call, struct lq_view tenant);

/* The same for who has no call open. */
void lq_mirror_delay_explain_alone(const struct lq_invocation *invocation, const char *tenant);

#endif

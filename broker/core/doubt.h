// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* doubt.h - tasks that persist may or may not have committed.
 *
 * Only the answer of the partition's current writer to RESOLVE ends a doubt.
 */
#ifndef LQ_DOUBT_H
#define LQ_DOUBT_H

#include "broker/core/core_tables.h"

/* Whether what is lost at its state is in doubt. */
bool lq_doubt_is_at(const struct lq_broker_core *core, const struct lq_core_task *task);

void lq_doubt_enter(struct lq_broker_core *core, uint32_t task);

/* persist itself said that the item ran out of time: whether it was committed is not known. Guilty:
 * it is charged with that if not. */
void lq_doubt_enter_late(struct lq_broker_core *core, uint32_t task, bool guilty);

/* Take a task out of the doubtful: it was resolved. */
void lq_doubt_leave(struct lq_broker_core *core, uint32_t task);

/* Ask the current writer about every task in doubt that it was not asked about. */
void lq_doubt_resolve(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out);

/* Another writer is there: it was asked about none. */
void lq_doubt_ask_again(struct lq_broker_core *core, uint32_t partition);

#endif

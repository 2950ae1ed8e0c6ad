// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* doubt.h - executions that persist may or may not have committed.
 *
 * Only the answer of the current writer to RESOLVE ends a doubt.
 */
#ifndef LQ_DOUBT_H
#define LQ_DOUBT_H

#include "broker/core/core_tables.h"

/* Whether what is lost at its state is in doubt. */
bool lq_doubt_is_at(const struct lq_broker_core *core, const struct lq_core_execution *execution);

void lq_doubt_enter(struct lq_broker_core *core, uint32_t index);

/* Take an execution out of the doubtful: it was resolved. */
void lq_doubt_leave(struct lq_broker_core *core, uint32_t index);

/* persist itself said that the item ran out of time: whether it was committed is not known. Guilty:
 * it is charged with that if not. */
void lq_doubt_enter_late(struct lq_broker_core *core, uint32_t index, bool guilty);

/* Ask the current writer about every execution in doubt that it was not asked about. */
void lq_doubt_resolve(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out);

#endif

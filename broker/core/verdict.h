// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* verdict.h - an actor answers: is the answer still wanted, and what follows from it.
 *
 * A result counts only from the actor that holds the lease, under the lease number it was given.
 */
#ifndef LQ_VERDICT_H
#define LQ_VERDICT_H

#include "broker/core/core_tables.h"

void lq_verdict_result(struct lq_broker_core *core, const struct lq_broker_event *event,
                       uint64_t now_ns, struct lq_broker_effects *out);

void lq_verdict_batch_end(struct lq_broker_core *core, const struct lq_broker_event *event,
                          uint64_t now_ns, struct lq_broker_effects *out);

void lq_verdict_resolved(struct lq_broker_core *core, const struct lq_broker_event *event,
                         uint64_t now_ns, struct lq_broker_effects *out);

#endif

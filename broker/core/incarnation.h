// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* incarnation.h - the life of an instance's processes: READY, silence, death, and the next one. */
#ifndef LQ_INCARNATION_H
#define LQ_INCARNATION_H

#include "broker/core/core_tables.h"

void lq_incarnation_ready(struct lq_broker_core *core, const struct lq_broker_event *event,
                          uint64_t now_ns, struct lq_broker_effects *out);

/* It retires: what it still holds goes back. */
void lq_incarnation_goodbye(struct lq_broker_core *core, uint32_t actor, uint64_t now_ns,
                            struct lq_broker_effects *out);

/* A local process is gone, and with it every actor that is proven to be in it. */
void lq_incarnation_died(struct lq_broker_core *core, uint32_t pid, uint64_t now_ns,
                         struct lq_broker_effects *out);

/* When an actor that gives no sign of life until then is taken for frozen. */
uint64_t lq_incarnation_silent_at_ns(const struct lq_broker_core *core, uint32_t actor);

/* The actor's timer: silence, or the wait for its next incarnation is over. */
void lq_incarnation_due(struct lq_broker_core *core, uint32_t actor, uint64_t now_ns,
                        struct lq_broker_effects *out);

#endif

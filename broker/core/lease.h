// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lease.h - an actor's right to work on a task, and what follows when it runs out. */
#ifndef LQ_LEASE_H
#define LQ_LEASE_H

#include "broker/core/core_tables.h"

/* An item of a batch is not coming back: DOUBT at persist, else back into the queue uncharged. */
void lq_lease_lose(struct lq_broker_core *core, uint32_t task);

/* A batch's lease ran out at an actor that still gives signs of life. */
void lq_lease_expired(struct lq_broker_core *core, uint32_t batch, uint64_t now_ns,
                      struct lq_broker_effects *out);

#endif

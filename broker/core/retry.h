// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* retry.h - an execution failed by its own fault: it is charged, and tried again or let die.
 *
 *   charged failure --a retrier has tries left--> DELAYED, then back into the queue
 *        |
 *        +-- none has --> the culprit is looked for (culprit.h)
 */
#ifndef LQ_RETRY_H
#define LQ_RETRY_H

#include "broker/core/core_tables.h"

/* The execution, in no batch any more, failed by its own fault. command_at_fault: index plus one.
 */
void lq_retry_charge(struct lq_broker_core *core, uint32_t index, struct lq_view error,
                     struct lq_view cause, uint32_t command_at_fault, uint64_t now_ns,
                     struct lq_broker_effects *out);

#endif

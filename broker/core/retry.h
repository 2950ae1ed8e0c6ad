// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* retry.h - a task failed by its own fault: it is charged, and tried again or let die.
 *
 *   charged failure --a retrier has tries left--> DELAYED, then back into the queue
 *        |
 *        +-- none has --> the culprit is looked for (culprit.h)
 */
#ifndef LQ_RETRY_H
#define LQ_RETRY_H

#include "broker/core/core_tables.h"

struct lq_failure {
    struct lq_view error, cause;
    uint32_t command_at_fault; /* index plus one; 0: not known */
};

/* The task, in no batch any more, failed by its own fault. */
void lq_retry_charge(struct lq_broker_core *core, uint32_t task, const struct lq_failure *failure,
                     uint64_t now_ns, struct lq_broker_effects *out);

/* It crashed its actor while it was alone; or ran out of time then. */
void lq_retry_charge_crash(struct lq_broker_core *core, uint32_t task, uint64_t now_ns,
                           struct lq_broker_effects *out);
void lq_retry_charge_timeout(struct lq_broker_core *core, uint32_t task, const char *cause,
                             uint64_t now_ns, struct lq_broker_effects *out);

/* Its delay is over. */
void lq_retry_due(struct lq_broker_core *core, uint32_t task);

#endif

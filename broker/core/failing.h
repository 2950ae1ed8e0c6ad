// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* failing.h - an execution failed: try again, find the command at fault, or let it die.
 *
 *   charged failure --a retrier has tries left--> DELAYED, then back into the queue
 *        |
 *        +-- the stage named the command, or there is only one --> that one dies: DYING
 *        +-- several, none named --> bisected: half of them go first, then the half of those, ...
 *        +-- none (a grid tick)  --> DYING, and the session is parked
 *
 * A dying execution waits until its letter is on disk; only then anything forgets it.
 */
#ifndef LQ_FAILING_H
#define LQ_FAILING_H

#include "broker/core/core_tables.h"

/* The execution, in no batch any more, failed by its own fault. command_at_fault: index plus one.
 */
void lq_failing_charge(struct lq_broker_core *core, uint32_t execution, struct lq_view error,
                       struct lq_view cause, uint32_t command_at_fault, uint64_t now_ns,
                       struct lq_broker_effects *out);

/* Its letter is on disk. */
void lq_failing_letter_stored(struct lq_broker_core *core, uint32_t execution,
                              struct lq_broker_effects *out);

/* There is room for letters again. */
void lq_failing_letters_freed(struct lq_broker_core *core, struct lq_broker_effects *out);

#endif

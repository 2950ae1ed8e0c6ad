// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* culprit.h - an execution is out of tries: which of its commands was it?
 *
 *   the stage named the command, or there is only one --> that one dies: DYING (dead_letter.h)
 *   several, none named --> bisected: half of them go first, then the half of those, ...
 *   none (a grid tick)  --> DYING, and the session is parked
 */
#ifndef LQ_CULPRIT_H
#define LQ_CULPRIT_H

#include "broker/core/core_tables.h"

void lq_culprit_find(struct lq_broker_core *core, uint32_t execution, uint32_t command_at_fault,
                     struct lq_broker_effects *out);

#endif

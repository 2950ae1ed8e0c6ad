// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* core_invariants.h - what must hold inside the broker core after every step. */
#ifndef LQ_CORE_INVARIANTS_H
#define LQ_CORE_INVARIANTS_H

#include "broker/core/broker_core.h"

/* Aborts (LQ_ASSERT) on the first thing that is wrong. references[buffer] is how many references
 * the shell believes the core to hold. */
void lq_core_invariants_check(const lq_broker_core_t *core, const uint32_t *references,
                              uint32_t buffer_count);

/* Resident, neither live nor parked, and without a death to be counted on: these must all be at
 * work. */
uint32_t lq_core_invariants_idle_sessions(const lq_broker_core_t *core);

#endif

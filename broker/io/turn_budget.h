// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* turn_budget.h - what one port may read in one turn of the loop. */
#ifndef LQ_TURN_BUDGET_H
#define LQ_TURN_BUDGET_H

#include <stdint.h>

/* Whichever ends first. */
struct lq_turn_budget {
    uint32_t messages;
    uint64_t until_ns;
};

#endif

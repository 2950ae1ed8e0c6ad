// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_numbers.h - the sequence numbers of one client in one session.
 *
 * The ledger remembers 64 numbers below the highest it has seen (world/client_window.h), so no
 * number may be taken while one that is 64 below it has no answer. A number whose command came back
 * UNUSED is still free; it is taken again if no copy of that command can be on its way. Without
 * that, 65 refusals in a row would leave a client beyond the window for ever.
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_SESSION_NUMBERS_H
#define LQ_SESSION_NUMBERS_H

#include "base/result.h"
#include "world/client_window.h"

struct lq_session_numbers {
    uint64_t next;       /* the number that the next command gets */
    uint64_t unanswered; /* bit i: next - 1 - i has no answer yet */
    uint64_t unused;     /* bit i: next - 1 - i was answered UNUSED and may be taken again */
};

/* LQ_ERR_FULL: the oldest unanswered number would fall out of the window. */
LQ_MUST_CHECK enum lq_result lq_session_numbers_take(struct lq_session_numbers *numbers,
                                                     uint64_t *sequence);

/* A command taken has its answer. `reusable`: it was UNUSED, and was sent once only. */
void lq_session_numbers_answer(struct lq_session_numbers *numbers, uint64_t sequence,
                               bool reusable);

#endif

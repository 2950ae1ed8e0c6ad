// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/session_numbers.h"

_Static_assert(LQ_CLIENT_WINDOW == 64, "the maps below have a bit for each number of the window");

enum lq_result lq_session_numbers_take(struct lq_session_numbers *numbers, uint64_t *sequence)
{
    LQ_ASSERT(numbers->next > 0);
    if (numbers->unanswered >> 63 != 0) {
        return LQ_ERR_FULL;
    }
    *sequence = numbers->next++;
    numbers->unanswered = numbers->unanswered << 1 | 1;
    numbers->unused <<= 1;
    return LQ_OK;
}

void lq_session_numbers_answer(struct lq_session_numbers *numbers, uint64_t sequence, bool reusable)
{
    LQ_ASSERT(sequence < numbers->next);
    uint64_t back = numbers->next - 1 - sequence;
    LQ_ASSERT(back < 64);
    uint64_t bit = UINT64_C(1) << back;

    LQ_ASSERT((numbers->unanswered & bit) != 0);
    numbers->unanswered &= ~bit;
    if (reusable) {
        numbers->unused |= bit;
    }
    while ((numbers->unused & 1) != 0) {
        numbers->next--;
        numbers->unused >>= 1;
        numbers->unanswered >>= 1;
    }
}

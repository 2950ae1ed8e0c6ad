// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/expiry_search.h"

#include "base/contract.h"

void lq_expiry_search_start(struct lq_expiry_search *search, uint64_t newest)
{
    LQ_ASSERT(newest > 0);
    *search = (struct lq_expiry_search){.high = newest, .step = 1};
}

uint64_t lq_expiry_search_probe(const struct lq_expiry_search *search)
{
    uint64_t between = search->high - search->low;

    if (between <= 1) {
        return 0;
    }
    return search->low == 0 && search->step < between ? search->high - search->step
                                                      : search->low + between / 2;
}

void lq_expiry_search_tell(struct lq_expiry_search *search, uint64_t number, bool expires)
{
    LQ_ASSERT(number > search->low && number < search->high);
    if (expires) {
        search->low = number;
        return;
    }
    search->high = number;
    search->step *= 2;
}

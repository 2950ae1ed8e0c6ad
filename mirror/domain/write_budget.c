// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/write_budget.h"

#include "base/contract.h"

#define UNIT INT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

static int64_t capacity(const struct lq_write_budget *budget)
{
    return (int64_t)budget->per_second * UNIT;
}

void lq_write_budget_init(struct lq_write_budget *budget, uint64_t per_second, uint64_t now_ns)
{
    LQ_ASSERT(per_second <= LQ_WRITE_BUDGET_PER_SECOND_MAX);
    *budget = (struct lq_write_budget){.per_second = per_second, .filled_ns = now_ns};
    budget->balance = capacity(budget);
}

/* Millionths of a unit that come in `ns`, which is at most a day. */
static int64_t income(const struct lq_write_budget *budget, uint64_t ns)
{
    return (int64_t)(ns / 1000 * budget->per_second);
}

static void fill(struct lq_write_budget *budget, uint64_t now_ns)
{
    uint64_t passed_ns = now_ns > budget->filled_ns ? now_ns - budget->filled_ns : 0;
    uint64_t most_ns = 86400 * NS_PER_S;

    if (passed_ns < 1000) {
        return; /* too little to count yet: it is not lost */
    }
    budget->balance += income(budget, passed_ns < most_ns ? passed_ns : most_ns);
    budget->filled_ns = now_ns - (passed_ns < most_ns ? passed_ns % 1000 : 0);
    if (budget->balance > capacity(budget)) {
        budget->balance = capacity(budget);
    }
}

/* The balance from which on a write may go. */
static int64_t needed(const struct lq_write_budget *budget, enum lq_write_purpose purpose)
{
    return purpose == LQ_WRITE_SEGMENT ? 1 : capacity(budget) / 2;
}

bool lq_write_budget_allows(struct lq_write_budget *budget, enum lq_write_purpose purpose,
                            uint64_t now_ns)
{
    return lq_write_budget_ready_ns(budget, purpose, now_ns) == 0;
}

uint64_t lq_write_budget_ready_ns(struct lq_write_budget *budget, enum lq_write_purpose purpose,
                                  uint64_t now_ns)
{
    if (budget->per_second == 0) {
        return 0;
    }
    fill(budget, now_ns);
    int64_t lacking = needed(budget, purpose) - budget->balance;
    if (lacking <= 0) {
        return 0;
    }
    uint64_t microseconds = (uint64_t)lacking / budget->per_second + 1;
    return budget->filled_ns + microseconds * 1000;
}

void lq_write_budget_spend(struct lq_write_budget *budget, uint64_t units)
{
    if (budget->per_second > 0) {
        budget->balance -= (int64_t)units * UNIT;
    }
}

void lq_write_budget_correct(struct lq_write_budget *budget, uint64_t estimated, double counted)
{
    if (budget->per_second > 0) {
        budget->balance += (int64_t)estimated * UNIT - (int64_t)(counted * (double)UNIT);
    }
}

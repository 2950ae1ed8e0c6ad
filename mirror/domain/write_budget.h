// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* write_budget.h - how many write units a second the mirror may use.
 *
 * A bucket that fills with time, up to a second's worth. A segment goes while there is anything in
 * it, and may leave it in debt: one large segment is paid over seconds. Upkeep (bases, a ttl) goes
 * while at least half a second's worth is there, so it is the first to wait. What a write cost is
 * estimated when it is asked for, and corrected when the service has counted.
 *
 * Pure: time is an argument, of a monotonic clock. Depends on base/.
 */
#ifndef LQ_WRITE_BUDGET_H
#define LQ_WRITE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define LQ_WRITE_BUDGET_PER_SECOND_MAX UINT64_C(1000000)

enum lq_write_purpose { LQ_WRITE_SEGMENT = 1, LQ_WRITE_UPKEEP };

struct lq_write_budget {
    uint64_t per_second; /* 0: no bound */
    int64_t balance;     /* in millionths of a unit */
    uint64_t filled_ns;  /* up to when it was filled */
};

/* per_second: at most LQ_WRITE_BUDGET_PER_SECOND_MAX; 0: no bound. It begins full. */
void lq_write_budget_init(struct lq_write_budget *budget, uint64_t per_second, uint64_t now_ns);

/* Whether a write may go now. */
bool lq_write_budget_allows(struct lq_write_budget *budget, enum lq_write_purpose purpose,
                            uint64_t now_ns);

/* When it may, if nothing else is spent until then; 0: now. */
uint64_t lq_write_budget_ready_ns(struct lq_write_budget *budget, enum lq_write_purpose purpose,
                                  uint64_t now_ns);

void lq_write_budget_spend(struct lq_write_budget *budget, uint64_t units);

/* The service counted `counted` for what `estimated` was spent for. */
void lq_write_budget_correct(struct lq_write_budget *budget, uint64_t estimated, double counted);

#endif

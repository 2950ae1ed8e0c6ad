// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/circuit_breaker.h"

#include "base/contract.h"

void lq_circuit_breaker_init(struct lq_circuit_breaker *breaker)
{
    *breaker = (struct lq_circuit_breaker){.state = LQ_CIRCUIT_CLOSED,
                                           .open_ms = LQ_CIRCUIT_BREAKER_FIRST_MS};
}

bool lq_circuit_breaker_would_allow(const struct lq_circuit_breaker *breaker, uint64_t now_ms)
{
    return breaker->state == LQ_CIRCUIT_CLOSED ||
           (breaker->state == LQ_CIRCUIT_OPEN && now_ms >= breaker->open_until_ms);
}

bool lq_circuit_breaker_take(struct lq_circuit_breaker *breaker, uint64_t now_ms)
{
    bool allowed = lq_circuit_breaker_would_allow(breaker, now_ms);

    if (allowed && breaker->state == LQ_CIRCUIT_OPEN) {
        breaker->state = LQ_CIRCUIT_HALF_OPEN;
    }
    return allowed;
}

void lq_circuit_breaker_succeeded(struct lq_circuit_breaker *breaker)
{
    lq_circuit_breaker_init(breaker);
}

static void open_for(struct lq_circuit_breaker *breaker, uint64_t now_ms)
{
    breaker->state = LQ_CIRCUIT_OPEN;
    breaker->failure_count = 0;
    breaker->open_until_ms = now_ms + breaker->open_ms;
    breaker->open_ms *= 2;
    if (breaker->open_ms > LQ_CIRCUIT_BREAKER_LAST_MS) {
        breaker->open_ms = LQ_CIRCUIT_BREAKER_LAST_MS;
    }
}

void lq_circuit_breaker_failed(struct lq_circuit_breaker *breaker, uint64_t now_ms)
{
    LQ_ASSERT(breaker->open_ms > 0);
    if (breaker->state == LQ_CIRCUIT_HALF_OPEN) {
        open_for(breaker, now_ms);
    } else if (breaker->state == LQ_CIRCUIT_CLOSED &&
               ++breaker->failure_count >= LQ_CIRCUIT_BREAKER_FAILURES) {
        open_for(breaker, now_ms);
    } /* OPEN: a call sent before it opened; it tells nothing new */
}

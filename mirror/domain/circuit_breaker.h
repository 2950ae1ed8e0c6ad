// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* circuit_breaker.h - asks a service that does not answer one question at a time.
 *
 *   CLOSED --failures in a row--> OPEN --its time is over, one asks--> HALF OPEN
 *     ^ ^                         | ^                                    | |
 *     | +---- a late answer ------+ +------- the probe failed -----------+ |
 *     +----------------------- the probe was answered --------------------+
 *
 * Each probe that fails doubles the time of the next OPEN. Pure: time is an argument, in
 * milliseconds of a monotonic clock.
 */
#ifndef LQ_CIRCUIT_BREAKER_H
#define LQ_CIRCUIT_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum lq_circuit_breaker_state { LQ_CIRCUIT_CLOSED = 1, LQ_CIRCUIT_OPEN, LQ_CIRCUIT_HALF_OPEN };

#define LQ_CIRCUIT_BREAKER_FAILURES 5u
#define LQ_CIRCUIT_BREAKER_FIRST_MS UINT64_C(500)
#define LQ_CIRCUIT_BREAKER_LAST_MS UINT64_C(20000)

struct lq_circuit_breaker {
    enum lq_circuit_breaker_state state;
    uint32_t failure_count; /* CLOSED: in a row */
    uint64_t open_ms;       /* how long the next OPEN lasts */
    uint64_t open_until_ms; /* OPEN */
};

void lq_circuit_breaker_init(struct lq_circuit_breaker *breaker);

/* Whether a call may be sent now. True in OPEN when its time is over: the call is the probe, and
 * no other is allowed until its outcome has been told. */
bool lq_circuit_breaker_take(struct lq_circuit_breaker *breaker, uint64_t now_ms);

/* The same without taking it. */
bool lq_circuit_breaker_would_allow(const struct lq_circuit_breaker *breaker, uint64_t now_ms);

/* The outcome of each call that was sent. */
void lq_circuit_breaker_succeeded(struct lq_circuit_breaker *breaker);
void lq_circuit_breaker_failed(struct lq_circuit_breaker *breaker, uint64_t now_ms);

#endif

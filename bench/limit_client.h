// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* limit_client.h - the client of lq-limit: a token for each session, sent again as soon as it is
 * back. */
#ifndef LQ_LIMIT_CLIENT_H
#define LQ_LIMIT_CLIENT_H

#include "base/latency_histogram.h"
#include "bench/limit_plan.h"

typedef struct lq_limit_client lq_limit_client_t;

lq_limit_client_t *lq_limit_client_new(const struct lq_limit_plan *plan);
void lq_limit_client_destroy(lq_limit_client_t **client);

/* Keep the tokens going until `until_ns` of the monotonic clock. Latencies are added to `latency`
 * unless it is NULL. Returns the tokens that came back. */
uint64_t lq_limit_client_run(lq_limit_client_t *client, uint64_t until_ns,
                             struct lq_latency_histogram *latency);

#endif

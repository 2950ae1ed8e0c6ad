// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_probe.h"

#include "base/clock.h"
#include "base/error_message.h"
#include "transport/endpoint.h"

#include <poll.h>

enum { AGAIN_MS = 50 };

bool lq_broker_probe_listens(const struct lq_cluster_config *cluster, uint32_t patience_ms)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    struct lq_error_message message;
    uint64_t until_ns = lq_clock_monotonic_ns() + patience_ms * LQ_NS_PER_MS;

    if (lq_cluster_endpoint(cluster, LQ_ENDPOINT_CLIENTS, endpoint, sizeof endpoint, &message) !=
            LQ_OK ||
        lq_endpoint_path(endpoint) == NULL) {
        return true; /* whoever connects next says what is wrong with it */
    }
    while (!lq_endpoint_answers(endpoint)) {
        if (lq_clock_monotonic_ns() >= until_ns) {
            return false;
        }
        (void)poll(NULL, 0, AGAIN_MS);
    }
    return true;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/malformed_tally.h"

#include "base/log.h"

void lq_malformed_tally_add(struct lq_malformed_tally *tally, const char *what, const char *where)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(1);

    tally->messages++;
    lq_log_throttled(&lines, LQ_LOG_WARNING, "dropped a malformed %s (%s); %llu so far", what,
                     where, (unsigned long long)lq_malformed_tally_count(tally));
}

uint64_t lq_malformed_tally_count(const struct lq_malformed_tally *tally)
{
    uint64_t count = tally->messages;

    for (uint32_t index = 0; index < LQ_MALFORMED_TALLY_ROUTERS; index++) {
        if (tally->routers[index] != NULL) {
            count += lq_router_socket_dropped(tally->routers[index]);
        }
    }
    return count;
}

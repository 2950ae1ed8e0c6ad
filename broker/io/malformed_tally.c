// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/malformed_tally.h"

#include "base/log.h"

#include <string.h>

#define KINDS_MAX 16u /* more than there are; the last one is for the rest */

/* A flood of one kind does not keep another out of the log. Every kind is a literal of a port's. */
static struct lq_log_throttle *throttle_of(const char *what)
{
    static struct {
        const char *what;
        struct lq_log_throttle lines;
    } kinds[KINDS_MAX];
    uint32_t index = 0;

    while (index < KINDS_MAX - 1 && kinds[index].what != NULL &&
           strcmp(kinds[index].what, what) != 0) {
        index++;
    }
    if (kinds[index].what == NULL) {
        kinds[index].what = what;
        kinds[index].lines.burst = 1;
    }
    return &kinds[index].lines;
}

void lq_malformed_tally_add(struct lq_malformed_tally *tally, const char *what, const char *where)
{
    tally->messages++;
    lq_log_throttled(throttle_of(what), LQ_LOG_WARNING, "dropped a malformed %s (%s); %llu so far",
                     what, where, (unsigned long long)lq_malformed_tally_count(tally));
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

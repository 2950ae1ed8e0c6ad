// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/broker_status.h"

#include "base/clock.h"
#include "config.h"
#include "transport/accept_gate.h"

#include <unistd.h>

void lq_broker_status_tell(const struct lq_broker_status *status, const struct lq_core_feed *feed,
                           struct lq_status *to)
{
    memset(to, 0, sizeof *to);
    lq_broker_core_status(feed->core, feed->now_ns, to);
    lq_dispatch_meter_report(status->meter, feed->now_ns, to);
    to->malformed = lq_malformed_tally_count(status->tally);
    to->turn_max_us = status->turn_max_us;
    to->connections = lq_accept_gate_connections();
    to->refused_connections = lq_accept_gate_refused();
    to->watches = lq_frame_publisher_watches(status->publisher);
    to->pid = (uint32_t)getpid();
    to->uptime_ms = (feed->now_ns - status->started_ns) / LQ_NS_PER_MS;
    to->version = lq_view_text(PACKAGE_VERSION);
}

void lq_broker_status_turn(struct lq_broker_status *status, uint64_t took_ns)
{
    uint64_t took_us = took_ns / 1000;

    if (took_us > status->turn_max_us) {
        status->turn_max_us = took_us < UINT32_MAX ? (uint32_t)took_us : UINT32_MAX;
    }
}

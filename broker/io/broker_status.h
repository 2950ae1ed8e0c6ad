// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_status.h - what STATUS tells: the core's counters, and what only its shell knows. */
#ifndef LQ_BROKER_STATUS_H
#define LQ_BROKER_STATUS_H

#include "broker/io/core_feed.h"
#include "broker/io/dispatch_meter.h"
#include "broker/io/frame_publisher.h"
#include "broker/io/malformed_tally.h"

struct lq_broker_status {
    struct lq_dispatch_meter *meter;
    const struct lq_malformed_tally *tally;
    const lq_frame_publisher_t *publisher;
    uint64_t started_ns;
    uint32_t turn_max_us; /* the longest turn of the loop so far */
};

/* The texts live until the next step. */
void lq_broker_status_tell(const struct lq_broker_status *status, const struct lq_core_feed *feed,
                           struct lq_status *to);

/* A turn of the loop took that long. */
void lq_broker_status_turn(struct lq_broker_status *status, uint64_t took_ns);

#endif

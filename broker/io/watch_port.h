// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* watch_port.h - frames.sock. What watchers say is done and answered here; the core knows of them
 * only which sessions are attended. Frames that commit go out to them. */
#ifndef LQ_WATCH_PORT_H
#define LQ_WATCH_PORT_H

#include "broker/io/core_feed.h"
#include "broker/io/dispatch_meter.h"
#include "broker/io/frame_publisher.h"
#include "broker/io/malformed_tally.h"
#include "broker/io/message_memory.h"
#include "broker/io/payload_buffers.h"
#include "broker/io/turn_budget.h"

struct lq_watch_port {
    struct lq_core_feed *feed;
    lq_frame_publisher_t *publisher;
    const lq_payload_buffers_t *buffers;
    struct lq_dispatch_meter *meter; /* of lateness */
    struct lq_message_memory *memory;
    struct lq_malformed_tally *tally;
};

/* Read what came, within the budget; whether there may be more. */
bool lq_watch_port_read(struct lq_watch_port *port, const struct lq_turn_budget *budget);

/* A PUBLISH effect. */
void lq_watch_port_publish(struct lq_watch_port *port, const struct lq_broker_effect *effect);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* publisher.h - what the outboxes tell leaves as events on the bus, behind the table: no event
 * tells of what is not in it.
 *
 *     both outboxes, segments --lanes--> bus --all up to here has left--> M: e, f, a; cursors
 *
 * Without `mirror/bus` it is not opened, and all calls do nothing.
 */
#ifndef LQ_PUBLISHER_H
#define LQ_PUBLISHER_H

#include "mirror/handler/broker_events.h"
#include "mirror/handler/bus_port.h"
#include "mirror/handler/event_audit.h"
#include "mirror/handler/event_feed.h"
#include "mirror/handler/mirror_config.h"
#include "mirror/handler/table_port.h"

#include <poll.h>

enum { LQ_PUBLISHER_DESCRIPTORS = 2 };

struct lq_publisher {
    bool is_open, is_started;
    struct lq_bus_port port;
    struct lq_event_feed feed;
    struct lq_broker_events broker;
    struct lq_event_audit audit;
    const struct lq_broker_source *packed_broker; /* how far the mirror has packed */
    uint64_t reported;                            /* events */
};

struct lq_publisher_options {
    const struct lq_mirror_config *config; /* outlives it */
    struct lq_ledger_source *source;
    struct lq_broker_source *broker;
    struct lq_mirror_streams *streams;
    const struct lq_aws_environment *environment;
    lq_aws_credentials_t *credentials;
};

/* `message`. Closed by lq_publisher_close(), also after an error and when it was never opened. */
LQ_MUST_CHECK enum lq_result lq_publisher_open(struct lq_publisher *publisher,
                                               const struct lq_publisher_options *options,
                                               struct lq_error_message *message);
void lq_publisher_close(struct lq_publisher *publisher);

/* As of the port's `on_progress`; context is the publisher. */
void lq_publisher_progress(void *context, uint32_t place);

/* Begins where the port's marks say, once they are read; then publishes what may leave of all up to
 * `packed`, and tells the port how far all has left. */
LQ_MUST_CHECK enum lq_result lq_publisher_turn(struct lq_publisher *publisher,
                                               struct lq_table_port *port,
                                               struct lq_feed_position packed, uint64_t now_ns);

/* How far the ledger may forget: `marked`, or what has not left yet. */
struct lq_feed_position lq_publisher_keep(const struct lq_publisher *publisher,
                                          const struct lq_table_port *port);

uint64_t lq_publisher_keep_broker(const struct lq_publisher *publisher,
                                  const struct lq_table_port *port);

/* All that was packed has left, and the table's state says so. */
bool lq_publisher_is_done(const struct lq_publisher *publisher, const struct lq_table_port *port,
                          struct lq_feed_position packed);

/* For poll() and its timer, UINT64_MAX: none. */
void lq_publisher_poll(const struct lq_publisher *publisher,
                       struct pollfd polled[LQ_PUBLISHER_DESCRIPTORS]);
uint64_t lq_publisher_next_ns(const struct lq_publisher *publisher);

/* A line in the log, if anything has left since the last; whether it has. */
bool lq_publisher_report(struct lq_publisher *publisher);

#endif

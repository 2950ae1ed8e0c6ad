// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_orders.h - what the core has to say to actors: batches, questions, heartbeats; and SIGKILL
 * to the frozen ones. */
#ifndef LQ_ACTOR_ORDERS_H
#define LQ_ACTOR_ORDERS_H

#include "broker/io/core_feed.h"
#include "broker/io/dispatch_meter.h"
#include "broker/io/dispatch_writer.h"
#include "broker/io/message_memory.h"
#include "broker/io/process_watch.h"
#include "transport/router_socket.h"

/* The questions of a run go out together: a writer holds few RESOLVE messages at a time. All are
 * for the one current writer of the partition. */
struct lq_actor_questions {
    uint32_t actor;
    uint32_t count;
    uint64_t fence;
    struct lq_resolve_item items[LQ_BATCH_ITEMS_MAX];
};

struct lq_actor_orders {
    const struct lq_core_feed *feed;
    lq_router_socket_t *router;
    lq_dispatch_writer_t *dispatches;
    struct lq_dispatch_meter *meter;
    const lq_process_watch_t *processes;
    struct lq_message_memory *memory;
    uint32_t silence_ms; /* for the log */
    struct lq_actor_questions questions;
};

/* Effects of these kinds. */
void lq_actor_orders_dispatch(struct lq_actor_orders *orders,
                              const struct lq_broker_effect *effect);
void lq_actor_orders_resolve(struct lq_actor_orders *orders, const struct lq_broker_effect *effect);
void lq_actor_orders_kill(struct lq_actor_orders *orders, const struct lq_broker_effect *effect);
void lq_actor_orders_tell_lost(struct lq_actor_orders *orders,
                               const struct lq_broker_effect *effect);

/* Send the questions that were gathered. */
void lq_actor_orders_ask(struct lq_actor_orders *orders);

/* HEARTBEAT to every actor. */
void lq_actor_orders_beat(struct lq_actor_orders *orders);

#endif

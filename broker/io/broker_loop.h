// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_loop.h - the broker's one thread of decisions, turn by turn.
 *
 *   wait for sockets, storage, pidfds, the core's or a round's time
 *     |
 *   read: each port what came, within its budget; an event of each message, its effects at once
 *     |
 *   TURN: the core opens ticks and hands out batches
 *     |
 *   flush the receipts that the turn has gathered
 *     |
 *   rounds: heartbeats each second, a look at the runtime folder each half of one
 *     |
 *   measure the turn, for STATUS
 *
 * A turn that comes late by more than a quarter of a second was a stall: the core hears of it
 * before anything else, and actors are read first.
 */
#ifndef LQ_BROKER_LOOP_H
#define LQ_BROKER_LOOP_H

#include "broker/io/actor_orders.h"
#include "broker/io/actor_port.h"
#include "broker/io/client_port.h"
#include "broker/io/instance_port.h"
#include "broker/io/receipt_writer.h"
#include "broker/io/storage_port.h"
#include "broker/io/watch_port.h"

struct lq_broker_loop {
    struct lq_core_feed *feed;
    struct lq_actor_port *actors;
    struct lq_actor_orders *orders;
    struct lq_client_port *clients;
    struct lq_watch_port *watchers;
    struct lq_storage_port *storage;
    struct lq_instance_port *instances;
    lq_receipt_writer_t *receipts;
    struct lq_broker_status *status;
    uint64_t letters_max; /* for the log */
    bool letters_full;    /* as the log knows it */
    uint64_t signal_told_ns;
    uint32_t beats;
};

/* Until `stop` is set. */
void lq_broker_loop_run(struct lq_broker_loop *loop, const volatile int *stop);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* effect_runner.h - the core's effects, carried out in order, each by the port that it leaves by.
 */
#ifndef LQ_EFFECT_RUNNER_H
#define LQ_EFFECT_RUNNER_H

#include "broker/io/actor_orders.h"
#include "broker/io/admin_port.h"
#include "broker/io/receipt_writer.h"
#include "broker/io/storage_port.h"
#include "broker/io/watch_port.h"

struct lq_effect_runner {
    struct lq_actor_orders *orders;
    struct lq_admin_port *admin;
    struct lq_storage_port *storage;
    struct lq_watch_port *watch;
    lq_receipt_writer_t *receipts;
    lq_router_socket_t *clients; /* where receipts go */
    lq_payload_buffers_t *buffers;
};

/* Carry out the gathered effects; none are left. */
void lq_effect_runner_run(struct lq_effect_runner *runner, struct lq_broker_effects *effects);

#endif

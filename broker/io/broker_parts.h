// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_parts.h - the parts of a broker process, and which of them each port is given. Only the
 * wiring sees them all: a port sees its own struct. */
#ifndef LQ_BROKER_PARTS_H
#define LQ_BROKER_PARTS_H

#include "broker/io/broker_config.h"
#include "broker/io/broker_loop.h"
#include "broker/io/effect_runner.h"
#include "broker/io/recall.h"

#define LQ_BROKER_ACTOR_CONNECTIONS_MAX 1024u

struct lq_broker_parts {
    struct lq_broker_config config;
    struct lq_cluster_config cluster;
    struct lq_plan pipeline;
    uint64_t epoch;

    void *core_memory;
    size_t core_bytes;
    lq_payload_buffers_t *buffers;
    lq_router_socket_t *actors, *clients;
    lq_frame_publisher_t *publisher;
    lq_process_watch_t *processes;
    lq_storage_thread_t *storage;
    lq_dispatch_writer_t *dispatches;
    lq_receipt_writer_t *receipts;
    lq_client_roster_t *roster;
    lq_refused_rounds_t *rounds;
    struct lq_dispatch_meter *meter;
    struct lq_message_memory memory;
    struct lq_welcome_message welcome, not_welcome;
    struct lq_malformed_tally tally;
    struct lq_broker_status status;

    struct lq_core_feed feed;
    struct lq_effect_runner runner;
    struct lq_actor_port actor_port;
    struct lq_actor_orders actor_orders;
    struct lq_client_port client_port;
    struct lq_admin_port admin_port;
    struct lq_mirror_port mirror_port;
    struct lq_watch_port watch_port;
    struct lq_storage_port storage_port;
    struct lq_instance_port instance_port;
    struct lq_recall recall;
    struct lq_broker_loop loop;
};

/* Make them from configuration, pipeline and epoch, which are there already. Borrows the store. */
void lq_broker_parts_create(struct lq_broker_parts *parts, lq_broker_store_t *store);

/* Bind the sockets and give them to the ports: whoever connects finds a broker that serves. */
LQ_MUST_CHECK enum lq_result lq_broker_parts_bind(struct lq_broker_parts *parts,
                                                  struct lq_error_message *message);

void lq_broker_parts_destroy(struct lq_broker_parts *parts);

#endif

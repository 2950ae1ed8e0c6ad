// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_shell.h - everything the broker process holds, and the one way to feed its core.
 *
 *   actors.sock  --actor_port-->  events  \
 *   clients.sock --client_port--> events   > core step --> effects --effect_runner--> sockets,
 * storage storage, pidfds, clock ------> events /
 *   frames.sock  --watch_port--> frame_publisher, which the effects of commits feed
 */
#ifndef LQ_BROKER_SHELL_H
#define LQ_BROKER_SHELL_H

#include "broker/core/broker_core.h"
#include "broker/io/broker_config.h"
#include "broker/io/dispatch_meter.h"
#include "broker/io/dispatch_writer.h"
#include "broker/io/frame_publisher.h"
#include "broker/io/payload_buffers.h"
#include "broker/io/process_watch.h"
#include "broker/io/receipt_writer.h"
#include "broker/io/storage_thread.h"
#include "transport/router_socket.h"

#define LQ_SHELL_EFFECTS_MAX 8192u
#define LQ_SHELL_ARENA_BYTES (2u * 1024u * 1024u)

struct lq_broker_shell {
    struct lq_broker_config config;
    struct lq_cluster_config cluster;
    struct lq_plan pipeline;
    uint64_t epoch;
    uint64_t started_ns;
    uint64_t now_ns; /* of this turn */
    lq_broker_core_t *core;
    void *core_memory;
    size_t core_bytes;
    struct lq_broker_effects effects;
    lq_payload_buffers_t *buffers;
    lq_router_socket_t *actors, *clients;
    lq_frame_publisher_t *publisher;
    lq_process_watch_t *processes;
    lq_storage_thread_t *storage;
    lq_dispatch_writer_t *dispatches;
    lq_receipt_writer_t *receipts;
    struct lq_dispatch_meter *meter;
    struct lq_arena arena; /* of the message at hand */
    uint8_t *scratch;      /* LQ_HEADER_BYTES_MAX, for a message to send */
    bool letters_full;     /* as the log knows it */
    uint64_t malformed;    /* messages dropped by their ports */
    uint64_t signal_told_ns, unproven_told_ns;
    uint32_t beats;
    uint32_t turn_max_us; /* the longest turn of the loop so far */
};

/* What one port may read in one turn of the loop: whichever ends first. */
struct lq_turn_budget {
    uint32_t messages;
    uint64_t until_ns;
};

/* Step the core and carry out its effects. */
void lq_broker_shell_step(struct lq_broker_shell *shell, const struct lq_broker_event *event);

/* Read what came, within the budget; whether there may be more. */
bool lq_actor_port_read(struct lq_broker_shell *shell, const struct lq_turn_budget *budget);
bool lq_client_port_read(struct lq_broker_shell *shell, const struct lq_turn_budget *budget);
bool lq_watch_port_read(struct lq_broker_shell *shell, const struct lq_turn_budget *budget);

/* What stands in the runtime folder: local actors that should say READY and do not. */
void lq_instance_port_look(struct lq_broker_shell *shell);

/* HEARTBEAT to every actor. */
void lq_actor_port_beat(struct lq_broker_shell *shell);

/* Carry out the gathered effects. */
void lq_effect_runner_run(struct lq_broker_shell *shell);

/* What the storage thread has done becomes events and replies. */
void lq_storage_port_read(struct lq_broker_shell *shell);

/* At start, before the thread: live and parked sessions and letters of an earlier broker. */
LQ_MUST_CHECK enum lq_result lq_storage_port_recall(struct lq_broker_shell *shell,
                                                    lq_broker_store_t *store);

/* A message is dropped because of what it is: counted, and logged through a throttle. */
void lq_broker_shell_malformed(struct lq_broker_shell *shell, const char *what, const char *where);

/* Those messages, and those that were not even framed as ours. */
uint64_t lq_broker_shell_malformed_count(const struct lq_broker_shell *shell);

/* WELCOME to a peer of `router`. */
void lq_broker_shell_welcome(struct lq_broker_shell *shell, lq_router_socket_t *router,
                             uint32_t peer);

/* The loop: until `stop` is set. */
void lq_broker_loop_run(struct lq_broker_shell *shell, const volatile int *stop);

#endif

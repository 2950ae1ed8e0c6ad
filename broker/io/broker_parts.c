// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/broker_parts.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_name.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Many more than can be refused in the time that a message is on its way. */
enum { REFUSED_ROUNDS_MAX = 16384 };

static lq_broker_core_t *create_core(struct lq_broker_parts *parts)
{
    struct lq_broker_core_config config = {.epoch = parts->epoch, .pipeline = parts->pipeline};

    lq_broker_config_core(&parts->config, &config);
    if (config.seed == 0) {
        config.seed = lq_clock_wall_ns();
    }
    size_t bytes = parts->core_bytes = lq_broker_core_bytes(&config);
    /* Zero pages that nobody touches cost nothing: the pools are sized for a crowd. */
    parts->core_memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    LQ_ASSERT(parts->core_memory != MAP_FAILED);
    return lq_broker_core_new(&config, parts->core_memory, bytes);
}

static uint32_t world_wanted(void *context, struct lq_session_names names)
{
    const struct lq_broker_parts *parts = context;

    return lq_frame_publisher_wants(parts->publisher, names);
}

/* What comes in by which port. */
static void wire_ports(struct lq_broker_parts *parts)
{
    parts->actor_port = (struct lq_actor_port){
        .feed = &parts->feed,
        .buffers = parts->buffers,
        .processes = parts->processes,
        .pipeline = &parts->pipeline,
        .runtime_dir = parts->cluster.runtime_dir,
        .direct = parts->config.bind_dir[0] == '\0',
        .welcome = &parts->welcome,
        .memory = &parts->memory,
        .tally = &parts->tally,
    };
    parts->client_port = (struct lq_client_port){
        .feed = &parts->feed,
        .buffers = parts->buffers,
        .welcome = &parts->welcome,
        .not_welcome = &parts->not_welcome,
        .memory = &parts->memory,
        .tally = &parts->tally,
        .admin = &parts->admin_port,
        .roster = parts->roster,
        .rounds = parts->rounds,
        .receipts = parts->receipts,
    };
    parts->admin_port = (struct lq_admin_port){
        .feed = &parts->feed,
        .buffers = parts->buffers,
        .storage = parts->storage,
        .welcome = &parts->welcome,
        .status = &parts->status,
        .mirror = &parts->mirror_port,
        .memory = &parts->memory,
        .tally = &parts->tally,
    };
    parts->mirror_port.feed = &parts->feed;
    parts->mirror_port.storage = parts->storage;
    parts->watch_port = (struct lq_watch_port){
        .feed = &parts->feed,
        .buffers = parts->buffers,
        .meter = parts->meter,
        .memory = &parts->memory,
        .tally = &parts->tally,
    };
    parts->instance_port = (struct lq_instance_port){
        .feed = &parts->feed,
        .processes = parts->processes,
        .runtime_dir = parts->cluster.runtime_dir,
        .silence_ms = parts->config.silence_ms,
    };
    parts->recall = (struct lq_recall){
        .feed = &parts->feed, .buffers = parts->buffers, .memory = &parts->memory};
}

/* What carries out which effects. */
static void wire_effects(struct lq_broker_parts *parts)
{
    parts->storage_port = (struct lq_storage_port){
        .feed = &parts->feed,
        .thread = parts->storage,
        .buffers = parts->buffers,
        .letters = {parts->feed.core, parts->buffers, parts->dispatches},
    };
    parts->actor_orders.feed = &parts->feed;
    parts->actor_orders.dispatches = parts->dispatches;
    parts->actor_orders.meter = parts->meter;
    parts->actor_orders.processes = parts->processes;
    parts->actor_orders.memory = &parts->memory;
    parts->actor_orders.silence_ms = (uint32_t)parts->config.silence_ms;
    parts->runner = (struct lq_effect_runner){
        .orders = &parts->actor_orders,
        .admin = &parts->admin_port,
        .storage = &parts->storage_port,
        .watch = &parts->watch_port,
        .receipts = parts->receipts,
        .buffers = parts->buffers,
    };
}

static void wire_loop(struct lq_broker_parts *parts)
{
    parts->loop = (struct lq_broker_loop){
        .feed = &parts->feed,
        .actors = &parts->actor_port,
        .orders = &parts->actor_orders,
        .clients = &parts->client_port,
        .watchers = &parts->watch_port,
        .storage = &parts->storage_port,
        .instances = &parts->instance_port,
        .receipts = parts->receipts,
        .status = &parts->status,
        .letters_max = parts->config.letters_max,
    };
}

void lq_broker_parts_create(struct lq_broker_parts *parts, lq_broker_store_t *store)
{
    parts->meter = lq_alloc(1, sizeof *parts->meter);
    parts->buffers = lq_payload_buffers_new();
    parts->processes = lq_process_watch_new();
    parts->receipts = lq_receipt_writer_new(parts->epoch);
    parts->roster = lq_client_roster_new((uint32_t)parts->config.clients_max);
    parts->rounds = lq_refused_rounds_new(REFUSED_ROUNDS_MAX);
    parts->storage = lq_storage_thread_new(store);
    lq_message_memory_open(&parts->memory);
    lq_welcome_message_make(&parts->welcome, parts->epoch,
                            lq_view_of(lq_broker_store_history(store), LQ_BROKER_HISTORY_BYTES),
                            (uint32_t)parts->config.mailbox_commands_max);
    lq_welcome_message_refuse(&parts->not_welcome,
                              LQ_REASON_CLIENT_QUOTA ": too many connections of this client");
    lq_core_feed_open(&parts->feed, create_core(parts), &parts->runner, parts->epoch);
    parts->dispatches = lq_dispatch_writer_new(parts->epoch, parts->pipeline.hash, parts->feed.core,
                                               parts->buffers, world_wanted, parts);
    parts->feed.now_ns = lq_clock_monotonic_ns();
    parts->status = (struct lq_broker_status){
        .meter = parts->meter, .tally = &parts->tally, .started_ns = parts->feed.now_ns};
    wire_ports(parts);
    wire_effects(parts);
    wire_loop(parts);
}

/* LQ_ERR_INVALID: the configured folder is too long a path for a socket. */
static enum lq_result bind_endpoint(const struct lq_broker_parts *parts, enum lq_endpoint which,
                                    char *endpoint, size_t bytes_max,
                                    struct lq_error_message *message)
{
    enum lq_result result =
        parts->config.bind_dir[0] == '\0'
            ? lq_cluster_endpoint(&parts->cluster, which, endpoint, bytes_max, message)
            : lq_cluster_endpoint_in(parts->config.bind_dir, "broker/bind_dir", which, endpoint,
                                     bytes_max, message);
    return result == LQ_OK ? LQ_OK : LQ_ERR_INVALID;
}

static enum lq_result bind_router(struct lq_broker_parts *parts, enum lq_endpoint which,
                                  struct lq_router_options *options, lq_router_socket_t **router,
                                  struct lq_error_message *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    enum lq_result result = bind_endpoint(parts, which, endpoint, sizeof endpoint, message);

    options->endpoint = endpoint;
    options->part_bytes_max = LQ_BODY_BYTES_MAX;
    return result != LQ_OK ? result : lq_router_socket_open(options, router, message);
}

static void connect_ports(struct lq_broker_parts *parts)
{
    parts->actor_port.router = parts->actor_orders.router = parts->actors;
    parts->client_port.router = parts->admin_port.router = parts->clients;
    parts->storage_port.clients = parts->runner.clients = parts->clients;
    parts->watch_port.publisher = parts->publisher;
    parts->status.publisher = parts->publisher;
    parts->tally.routers[0] = parts->actors;
    parts->tally.routers[1] = parts->clients;
    parts->tally.routers[2] = lq_frame_publisher_router(parts->publisher);
}

enum lq_result lq_broker_parts_bind(struct lq_broker_parts *parts, struct lq_error_message *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    struct lq_router_options of_actors = {.peers_max = LQ_BROKER_ACTOR_CONNECTIONS_MAX,
                                          .received_messages_max = 1024};
    /* Receipts are small; who does not read them sends again. */
    struct lq_router_options of_clients = {
        .peers_max = (uint32_t)parts->config.clients_max,
        .received_messages_max = 64,
        .send = {UINT64_C(16) << 20, UINT64_C(128) << 20},
    };
    enum lq_result result =
        bind_endpoint(parts, LQ_ENDPOINT_FRAMES, endpoint, sizeof endpoint, message);

    if (result == LQ_OK) {
        result = lq_frame_publisher_open(endpoint, (uint32_t)parts->config.watchers_max,
                                         &parts->publisher, message);
    }
    if (result == LQ_OK) {
        result = bind_router(parts, LQ_ENDPOINT_ACTORS, &of_actors, &parts->actors, message);
    }
    if (result == LQ_OK) {
        result = bind_router(parts, LQ_ENDPOINT_CLIENTS, &of_clients, &parts->clients, message);
    }
    if (result == LQ_OK) {
        connect_ports(parts);
    } else {
        lq_router_socket_close(&parts->actors);
        lq_frame_publisher_close(&parts->publisher);
    }
    return result;
}

void lq_broker_parts_destroy(struct lq_broker_parts *parts)
{
    lq_storage_thread_destroy(&parts->storage);
    lq_router_socket_close(&parts->clients);
    lq_router_socket_close(&parts->actors);
    lq_frame_publisher_close(&parts->publisher);
    lq_receipt_writer_destroy(&parts->receipts);
    lq_client_roster_destroy(&parts->roster);
    lq_refused_rounds_destroy(&parts->rounds);
    lq_dispatch_writer_destroy(&parts->dispatches);
    lq_process_watch_destroy(&parts->processes);
    lq_payload_buffers_destroy(&parts->buffers);
    free(parts->meter);
    lq_message_memory_close(&parts->memory);
    lq_core_feed_close(&parts->feed);
    munmap(parts->core_memory, parts->core_bytes);
}

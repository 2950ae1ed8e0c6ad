// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The broker of lq-limit: a queue for each stage; whoever has credit gets in one message what is
 * queued, up to a batch. Items stay in the message they came in until they are copied, once, into
 * the next. */
#include "bench/limit_plan.h"

#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define MESSAGES_PER_TURN 64u

/* A message whose items are queued. */
struct buffer {
    zmq_msg_t message;
    uint32_t item_count; /* still queued; 0: free */
    uint32_t next_free;
};

struct item {
    struct lq_limit_entry entry;
    uint32_t buffer;
    uint32_t offset;
};

struct queue {
    struct item *items; /* a ring: a token is in one queue at most */
    uint32_t first, count;
};

struct actor {
    uint8_t routing_id[8];
    size_t routing_id_bytes;
    uint32_t stage;
    uint32_t in_flight;
};

struct broker {
    const struct lq_limit_plan *plan;
    struct lq_limit_meter *meter;
    void *socket;
    struct queue queues[LQ_LIMIT_STAGES + 1]; /* the last: receipts for the client */
    struct buffer *buffers;
    uint32_t free_buffer, buffer_count;
    struct actor actors[LQ_LIMIT_STAGES * LQ_LIMIT_ACTORS_MAX];
    uint32_t actor_count, next_actor;
    struct actor client;
};

static void enqueue(struct broker *broker, uint32_t stage, const struct item *item)
{
    struct queue *queue = &broker->queues[stage];
    uint32_t sessions = (uint32_t)broker->plan->sessions;

    LQ_ASSERT(queue->count < sessions);
    queue->items[(queue->first + queue->count) % sessions] = *item;
    queue->count++;
}

static void take_items(struct broker *broker, uint32_t stage, zmq_msg_t *header, zmq_msg_t *body)
{
    const struct lq_limit_header *head = zmq_msg_data(header);
    const struct lq_limit_entry *entries = head->entries;
    uint32_t number = broker->free_buffer;
    struct buffer *buffer = &broker->buffers[number];
    struct item item = {.buffer = number};

    LQ_ASSERT(head->item_count > 0);
    LQ_ASSERT(number < broker->buffer_count);
    broker->free_buffer = buffer->next_free;
    zmq_msg_init(&buffer->message);
    zmq_msg_move(&buffer->message, body);
    buffer->item_count = head->item_count;
    for (uint32_t index = 0; index < head->item_count; index++) {
        item.entry = entries[index];
        enqueue(broker, stage, &item);
        item.offset += item.entry.bytes;
    }
}

static struct actor *find_actor(struct broker *broker, const uint8_t *id, size_t bytes)
{
    for (uint32_t index = 0; index < broker->actor_count; index++) {
        struct actor *actor = &broker->actors[index];
        if (actor->routing_id_bytes == bytes && memcmp(actor->routing_id, id, bytes) == 0) {
            return actor;
        }
    }
    return NULL;
}

static void take_message(struct broker *broker, zmq_msg_t *id, zmq_msg_t *header, zmq_msg_t *body)
{
    const struct lq_limit_header *head = zmq_msg_data(header);
    struct actor peer = {.stage = head->stage, .routing_id_bytes = zmq_msg_size(id)};

    LQ_ASSERT(peer.routing_id_bytes <= sizeof peer.routing_id);
    memcpy(peer.routing_id, zmq_msg_data(id), peer.routing_id_bytes);
    if (head->kind == LQ_LIMIT_READY) {
        LQ_ASSERT(broker->actor_count < LQ_LIMIT_STAGES * LQ_LIMIT_ACTORS_MAX);
        broker->actors[broker->actor_count++] = peer;
    } else if (head->kind == LQ_LIMIT_SUBMIT) {
        broker->client = peer;
        take_items(broker, 0, header, body);
    } else {
        struct actor *actor = find_actor(broker, peer.routing_id, peer.routing_id_bytes);
        LQ_ASSERT(actor != NULL);
        actor->in_flight--;
        take_items(broker, head->stage + 1, header, body);
    }
}

static void receive(struct broker *broker)
{
    for (uint32_t count = 0; count < MESSAGES_PER_TURN; count++) {
        zmq_msg_t parts[3];
        uint32_t part = 0;
        for (uint32_t index = 0; index < 3; index++) {
            zmq_msg_init(&parts[index]);
        }
        int rc = zmq_msg_recv(&parts[part], broker->socket, ZMQ_DONTWAIT);
        while (rc >= 0 && zmq_msg_more(&parts[part]) && part < 2) {
            rc = zmq_msg_recv(&parts[++part], broker->socket, ZMQ_DONTWAIT);
        }
        if (rc >= 0) {
            take_message(broker, &parts[0], &parts[1], &parts[2]);
        }
        for (uint32_t index = 0; index < 3; index++) {
            zmq_msg_close(&parts[index]);
        }
        if (rc < 0) {
            return;
        }
    }
}

static void release(struct broker *broker, uint32_t number)
{
    struct buffer *buffer = &broker->buffers[number];

    if (--buffer->item_count == 0) {
        zmq_msg_close(&buffer->message);
        buffer->next_free = broker->free_buffer;
        broker->free_buffer = number;
    }
}

static void count_batch(struct broker *broker, uint32_t stage, uint32_t count, size_t body_bytes)
{
    struct lq_limit_meter *meter = broker->meter;

    if (stage < LQ_LIMIT_STAGES) {
        atomic_fetch_add_explicit(&meter->stages[stage].bytes, body_bytes, memory_order_relaxed);
        atomic_fetch_add_explicit(&meter->stages[stage].by_size[count], 1, memory_order_relaxed);
    }
}

/* The first `count` items of a queue move into a message of two parts; returns the body's size. */
static size_t gather(struct broker *broker, uint32_t stage, uint32_t count, zmq_msg_t *header,
                     zmq_msg_t *body)
{
    struct queue *queue = &broker->queues[stage];
    uint32_t sessions = (uint32_t)broker->plan->sessions;
    size_t body_bytes = 0;

    for (uint32_t index = 0; index < count; index++) {
        body_bytes += queue->items[(queue->first + index) % sessions].entry.bytes;
    }
    lq_limit_demand(zmq_msg_init_size(header, sizeof(struct lq_limit_header) +
                                                  count * sizeof(struct lq_limit_entry)) == 0 &&
                        zmq_msg_init_size(body, body_bytes) == 0,
                    "take memory for a message");
    struct lq_limit_header *head = zmq_msg_data(header);
    struct lq_limit_entry *entries = head->entries;
    uint8_t *to = zmq_msg_data(body);
    head->stage = stage;
    head->item_count = count;
    for (uint32_t index = 0; index < count; index++) {
        const struct item *item = &queue->items[queue->first];
        const uint8_t *from = zmq_msg_data(&broker->buffers[item->buffer].message);
        entries[index] = item->entry;
        memcpy(to, from + item->offset, item->entry.bytes);
        to += item->entry.bytes;
        release(broker, item->buffer);
        queue->first = (queue->first + 1) % sessions;
    }
    queue->count -= count;
    return body_bytes;
}

/* Everything queued, up to a batch, becomes one message. */
static void send_batch(struct broker *broker, const struct actor *peer, uint32_t stage)
{
    uint32_t queued = broker->queues[stage].count;
    uint32_t batch_max = (uint32_t)broker->plan->batch_max;
    uint32_t count = queued < batch_max ? queued : batch_max;
    zmq_msg_t header;
    zmq_msg_t body;

    count_batch(broker, stage, count, gather(broker, stage, count, &header, &body));
    struct lq_limit_header *head = zmq_msg_data(&header);
    head->kind = stage < LQ_LIMIT_STAGES ? LQ_LIMIT_DISPATCH : LQ_LIMIT_RECEIPT;
    head->reserved = 0;
    bool sent =
        zmq_send(broker->socket, peer->routing_id, peer->routing_id_bytes, ZMQ_SNDMORE) >= 0 &&
        zmq_msg_send(&header, broker->socket, ZMQ_SNDMORE) >= 0 &&
        zmq_msg_send(&body, broker->socket, 0) >= 0;
    lq_limit_demand(sent || lq_limit_stop, "send a batch");
}

/* Idle actors before busy ones, so that a stage's actors share the work. */
static void dispatch(struct broker *broker)
{
    for (uint32_t in_flight = 0; in_flight < broker->plan->credit; in_flight++) {
        for (uint32_t index = 0; index < broker->actor_count; index++) {
            struct actor *actor =
                &broker->actors[(broker->next_actor + index) % broker->actor_count];
            if (actor->in_flight == in_flight && broker->queues[actor->stage].count > 0) {
                send_batch(broker, actor, actor->stage);
                actor->in_flight++;
            }
        }
    }
    broker->next_actor++;
    while (broker->queues[LQ_LIMIT_STAGES].count > 0) {
        send_batch(broker, &broker->client, LQ_LIMIT_STAGES);
    }
}

static void take_memory(struct broker *broker)
{
    for (uint32_t stage = 0; stage <= LQ_LIMIT_STAGES; stage++) {
        broker->queues[stage].items = lq_alloc(broker->plan->sessions, sizeof(struct item));
    }
    /* Each message holds one item at least. */
    broker->buffer_count = (uint32_t)broker->plan->sessions + 1;
    broker->buffers = lq_alloc(broker->buffer_count, sizeof(struct buffer));
    for (uint32_t index = 0; index < broker->buffer_count; index++) {
        broker->buffers[index].next_free = index + 1;
    }
}

static void release_memory(struct broker *broker)
{
    for (uint32_t stage = 0; stage <= LQ_LIMIT_STAGES; stage++) {
        free(broker->queues[stage].items);
    }
    for (uint32_t index = 0; index < broker->buffer_count; index++) {
        if (broker->buffers[index].item_count > 0) {
            zmq_msg_close(&broker->buffers[index].message);
        }
    }
    free(broker->buffers);
}

int lq_limit_broker_run(const struct lq_limit_plan *plan)
{
    char endpoint[300];
    struct broker *broker = lq_alloc(1, sizeof *broker);
    void *context = zmq_ctx_new();

    broker->plan = plan;
    broker->meter = lq_limit_meter_map(plan);
    take_memory(broker);
    lq_limit_endpoint(plan, endpoint, sizeof endpoint);
    broker->socket = lq_limit_socket(context, ZMQ_ROUTER);
    lq_limit_demand(zmq_bind(broker->socket, endpoint) == 0, endpoint);
    while (!lq_limit_stop) {
        zmq_pollitem_t poll = {broker->socket, 0, ZMQ_POLLIN, 0};
        if (zmq_poll(&poll, 1, LQ_LIMIT_WAIT_MS) > 0) {
            receive(broker);
            dispatch(broker);
        }
    }
    zmq_close(broker->socket);
    zmq_ctx_term(context);
    release_memory(broker);
    free(broker);
    return 0;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/limit_client.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct lq_limit_client {
    const struct lq_limit_plan *plan;
    void *context, *socket;
    uint64_t *sent_ns; /* by token */
    struct lq_limit_header *header;
    struct lq_limit_entry *entries; /* tokens that are here, behind `header` */
    uint32_t here;
};

lq_limit_client_t *lq_limit_client_new(const struct lq_limit_plan *plan)
{
    lq_limit_client_t *client = lq_alloc(1, sizeof *client);
    char endpoint[300];

    client->plan = plan;
    client->context = zmq_ctx_new();
    client->socket = lq_limit_socket(client->context, ZMQ_DEALER);
    lq_limit_endpoint(plan, endpoint, sizeof endpoint);
    lq_limit_demand(zmq_connect(client->socket, endpoint) == 0, endpoint);
    client->sent_ns = lq_alloc(plan->sessions, sizeof(uint64_t));
    client->header =
        lq_alloc(1, sizeof *client->header + plan->sessions * sizeof(struct lq_limit_entry));
    client->entries = client->header->entries;
    for (uint32_t token = 0; token < plan->sessions; token++) {
        client->entries[token] =
            (struct lq_limit_entry){.token = token, .bytes = (uint32_t)plan->first_bytes};
    }
    client->here = (uint32_t)plan->sessions;
    return client;
}

void lq_limit_client_destroy(lq_limit_client_t **client)
{
    if (*client != NULL) {
        zmq_close((*client)->socket);
        zmq_ctx_term((*client)->context);
        free((*client)->sent_ns);
        free((*client)->header);
        free(*client);
        *client = NULL;
    }
}

static void send_tokens(lq_limit_client_t *client, uint64_t now_ns)
{
    size_t header_bytes = sizeof *client->header + client->here * sizeof *client->entries;
    zmq_msg_t body;

    *client->header = (struct lq_limit_header){LQ_LIMIT_SUBMIT, 0, client->here, 0};
    for (uint32_t index = 0; index < client->here; index++) {
        client->sent_ns[client->entries[index].token] = now_ns;
        client->entries[index].bytes = (uint32_t)client->plan->first_bytes;
        client->entries[index].frame++;
    }
    lq_limit_demand(zmq_msg_init_size(&body, client->here * client->plan->first_bytes) == 0,
                    "take memory for a body");
    memset(zmq_msg_data(&body), 0xa5, zmq_msg_size(&body));
    lq_limit_demand(zmq_send(client->socket, client->header, header_bytes, ZMQ_SNDMORE) >= 0 &&
                        zmq_msg_send(&body, client->socket, 0) >= 0,
                    "send tokens");
    client->here = 0;
}

static void take_receipts(lq_limit_client_t *client, zmq_msg_t *header, uint64_t now_ns,
                          struct lq_latency_histogram *latency)
{
    const struct lq_limit_header *head = zmq_msg_data(header);
    const struct lq_limit_entry *entries = head->entries;

    LQ_ASSERT(head->item_count <= client->plan->sessions - client->here);
    for (uint32_t index = 0; index < head->item_count; index++) {
        if (latency != NULL) {
            lq_latency_histogram_record(latency, now_ns - client->sent_ns[entries[index].token]);
        }
        client->entries[client->here++] = entries[index];
    }
}

static void receive_all(lq_limit_client_t *client, uint64_t now_ns,
                        struct lq_latency_histogram *latency)
{
    for (;;) {
        zmq_msg_t header;
        zmq_msg_t body;
        zmq_msg_init(&header);
        zmq_msg_init(&body);
        int rc = zmq_msg_recv(&header, client->socket, ZMQ_DONTWAIT);
        if (rc >= 0) {
            /* All parts of a message are there with the first. */
            lq_limit_demand(zmq_msg_recv(&body, client->socket, ZMQ_DONTWAIT) >= 0,
                            "receive a body");
            take_receipts(client, &header, now_ns, latency);
        }
        zmq_msg_close(&header);
        zmq_msg_close(&body);
        if (rc < 0) {
            return;
        }
    }
}

uint64_t lq_limit_client_run(lq_limit_client_t *client, uint64_t until_ns,
                             struct lq_latency_histogram *latency)
{
    uint64_t returned = 0;
    uint64_t now_ns = lq_clock_monotonic_ns();

    while (now_ns < until_ns && !lq_limit_stop) {
        zmq_pollitem_t poll = {client->socket, 0, ZMQ_POLLIN, 0};
        if (client->here > 0) {
            send_tokens(client, now_ns);
        }
        long wait_ms = (long)((until_ns - now_ns + LQ_NS_PER_MS - 1) / LQ_NS_PER_MS);
        int ready = zmq_poll(&poll, 1, wait_ms);
        now_ns = lq_clock_monotonic_ns();
        if (ready > 0) {
            receive_all(client, now_ns, latency);
            returned += client->here;
        }
    }
    return returned;
}

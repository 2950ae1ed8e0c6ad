// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* An actor of lq-limit: answers each batch with as many bytes as its stage's results have. The last
 * stage commits the batch first. */
#include "bench/limit_plan.h"

#include "base/alloc.h"
#include "bench/limit_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

struct stage {
    const struct lq_limit_plan *plan;
    uint32_t number; /* of the stage */
    void *socket;
    lq_limit_store_t *store; /* of the last stage */
};

/* The answer's items are made of the question's bytes. */
static void resize_items(struct lq_limit_entry *entries, uint32_t count, uint64_t bytes,
                         zmq_msg_t *body)
{
    zmq_msg_t answer;
    const uint8_t *from = zmq_msg_data(body);

    lq_limit_demand(zmq_msg_init_size(&answer, count * bytes) == 0, "take memory for a body");
    uint8_t *to = zmq_msg_data(&answer);
    for (uint32_t index = 0; index < count; index++) {
        size_t kept = entries[index].bytes < bytes ? entries[index].bytes : bytes;
        memcpy(to, from, kept);
        memset(to + kept, 0x5a, bytes - kept);
        to += bytes;
        from += entries[index].bytes;
        entries[index].bytes = (uint32_t)bytes;
    }
    zmq_msg_move(body, &answer);
    zmq_msg_close(&answer);
}

static void work(struct stage *stage, zmq_msg_t *header, zmq_msg_t *body)
{
    struct lq_limit_header *head = zmq_msg_data(header);
    struct lq_limit_entry *entries = head->entries;
    uint64_t bytes_out = lq_limit_bytes_out(stage->plan, stage->number);

    if (stage->store != NULL) {
        lq_limit_store_commit(stage->store, entries, head->item_count, zmq_msg_data(body),
                              stage->plan->record_bytes);
    }
    if (bytes_out != lq_limit_bytes_in(stage->plan, stage->number)) {
        resize_items(entries, head->item_count, bytes_out, body);
    }
    head->kind = LQ_LIMIT_DONE;
    if (zmq_msg_send(header, stage->socket, ZMQ_SNDMORE) < 0 ||
        zmq_msg_send(body, stage->socket, 0) < 0) {
        lq_limit_demand(lq_limit_stop, "send an answer");
    }
}

static void relay(struct stage *stage)
{
    struct lq_limit_header ready = {LQ_LIMIT_READY, stage->number, 0, 0};

    lq_limit_demand(zmq_send(stage->socket, &ready, sizeof ready, 0) >= 0, "say READY");
    while (!lq_limit_stop) {
        zmq_msg_t header;
        zmq_msg_t body;
        zmq_msg_init(&header);
        zmq_msg_init(&body);
        if (zmq_msg_recv(&header, stage->socket, 0) >= 0 &&
            zmq_msg_recv(&body, stage->socket, 0) >= 0) {
            work(stage, &header, &body);
        }
        zmq_msg_close(&header);
        zmq_msg_close(&body);
    }
}

int lq_limit_stage_run(const struct lq_limit_plan *plan, uint32_t stage, uint32_t number)
{
    char endpoint[300];
    char folder[300];
    struct stage self = {.plan = plan, .number = stage};
    void *context = zmq_ctx_new();
    char identity[2] = {(char)('a' + stage), (char)('a' + number)};

    if (stage == LQ_LIMIT_STAGES - 1) {
        snprintf(folder, sizeof folder, "%s/store", plan->folder);
        lq_limit_demand(mkdir(folder, 0700) == 0, folder);
        self.store = lq_limit_store_open(folder);
    }
    lq_limit_endpoint(plan, endpoint, sizeof endpoint);
    self.socket = lq_limit_socket(context, ZMQ_DEALER);
    zmq_setsockopt(self.socket, ZMQ_ROUTING_ID, identity, sizeof identity);
    lq_limit_demand(zmq_connect(self.socket, endpoint) == 0, endpoint);
    relay(&self);
    zmq_close(self.socket);
    zmq_ctx_term(context);
    lq_limit_store_close(&self.store);
    return 0;
}

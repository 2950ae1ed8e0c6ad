// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/limit_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zmq.h>

void lq_limit_demand(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "lq-limit: %s: %s\n", what, zmq_strerror(errno));
        exit(EXIT_FAILURE);
    }
}

void lq_limit_endpoint(const struct lq_limit_plan *plan, char *to, size_t bytes_max)
{
    snprintf(to, bytes_max, "ipc://%s/relay.sock", plan->folder);
}

void *lq_limit_socket(void *context, int type)
{
    void *socket = zmq_socket(context, type);
    int none = 0;
    int high_water = 4096;
    int wait_ms = LQ_LIMIT_WAIT_MS;

    lq_limit_demand(socket != NULL, "open a socket");
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &high_water, sizeof high_water);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &high_water, sizeof high_water);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    return socket;
}

struct lq_limit_meter *lq_limit_meter_map(const struct lq_limit_plan *plan)
{
    char path[300];

    snprintf(path, sizeof path, "%s/meter", plan->folder);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    lq_limit_demand(descriptor >= 0, path);
    lq_limit_demand(ftruncate(descriptor, sizeof(struct lq_limit_meter)) == 0, path);
    void *meter = mmap(NULL, sizeof(struct lq_limit_meter), PROT_READ | PROT_WRITE, MAP_SHARED,
                       descriptor, 0);
    lq_limit_demand(meter != MAP_FAILED, path);
    close(descriptor);
    return meter;
}

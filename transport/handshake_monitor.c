// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/handshake_monitor.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <czmq.h>

#define REFUSED "HANDSHAKE_FAILED_AUTH"
#define TAKEN "HANDSHAKE_SUCCEEDED"
#define EVENTS_PER_CALL_MAX 100

struct lq_handshake_monitor {
    zactor_t *actor;
    bool refused;
};

lq_handshake_monitor_t *lq_handshake_monitor_new(void *socket)
{
    lq_handshake_monitor_t *monitor = lq_alloc(1, sizeof *monitor);

    monitor->actor = zactor_new(zmonitor, socket);
    LQ_ASSERT(monitor->actor != NULL);
    int rc = zstr_sendx(monitor->actor, "LISTEN", REFUSED, TAKEN, NULL);
    LQ_ASSERT(rc == 0);
    rc = zstr_sendx(monitor->actor, "START", NULL);
    LQ_ASSERT(rc == 0);
    rc = zsock_wait(monitor->actor);
    LQ_ASSERT(rc == 0);
    return monitor;
}

void lq_handshake_monitor_destroy(lq_handshake_monitor_t **monitor)
{
    if (*monitor != NULL) {
        zactor_destroy(&(*monitor)->actor);
        free(*monitor);
        *monitor = NULL;
    }
}

/* Name of the event, a number, an address. */
static void take_event(lq_handshake_monitor_t *monitor)
{
    zmsg_t *event = zmsg_recv(monitor->actor);

    if (event != NULL) {
        char *name = zmsg_popstr(event);
        monitor->refused = name != NULL && strcmp(name, REFUSED) == 0;
        zstr_free(&name);
        zmsg_destroy(&event);
    }
}

bool lq_handshake_monitor_refused(lq_handshake_monitor_t *monitor)
{
    for (int count = 0;
         count < EVENTS_PER_CALL_MAX && (zsock_events(monitor->actor) & ZMQ_POLLIN) != 0; count++) {
        take_event(monitor);
    }
    return monitor->refused;
}

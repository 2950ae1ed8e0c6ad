// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* instance_port.h - what local actors leave in the runtime folder, and how their processes end,
 * become events. */
#ifndef LQ_INSTANCE_PORT_H
#define LQ_INSTANCE_PORT_H

#include "broker/io/core_feed.h"
#include "broker/io/process_watch.h"

struct lq_instance_port {
    struct lq_core_feed *feed;
    lq_process_watch_t *processes;
    const char *runtime_dir;
    uint64_t silence_ms;
};

/* Look for local actors that should say READY and do not. */
void lq_instance_port_look(struct lq_instance_port *port);

/* Watched processes that have ended. */
void lq_instance_port_take_deaths(struct lq_instance_port *port);

#endif

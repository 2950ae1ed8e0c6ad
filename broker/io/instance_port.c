// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/instance_port.h"

#include "base/clock.h"
#include "broker/io/instance_cells.h"
#include "broker/io/process_proof.h"

static bool watch_holder(struct lq_instance_port *port, const struct lq_instance_cell *cell)
{
    if (lq_process_watch_knows(port->processes, cell->pid)) {
        return true;
    }
    int pidfd = lq_process_proof_of_holder(port->runtime_dir, cell->instance, cell->pid);
    return pidfd >= 0 && lq_process_watch_add(port->processes, cell->pid, pidfd);
}

/* It was asked to end and is about to; frozen on that way, it would stand there for ever. */
static bool is_leaving(const struct lq_instance_port *port, const struct lq_instance_cell *cell)
{
    return cell->leaving && port->feed->now_ns < cell->sign_ns + port->silence_ms * LQ_NS_PER_MS;
}

void lq_instance_port_look(struct lq_instance_port *port)
{
    static struct lq_instance_cell cells[LQ_INSTANCE_CELLS_MAX]; /* one thread */
    uint32_t count = lq_instance_cells_list(port->runtime_dir, cells);

    for (uint32_t index = 0; index < count; index++) {
        const struct lq_instance_cell *cell = &cells[index];
        if (is_leaving(port, cell)) {
            continue;
        }
        struct lq_broker_event event = {.kind = LQ_ON_INSTANCE,
                                        .instance = {lq_view_text(cell->instance),
                                                     lq_view_text(cell->stage), cell->pid,
                                                     watch_holder(port, cell), cell->sign_ns}};
        lq_core_feed_step(port->feed, &event);
    }
}

void lq_instance_port_take_deaths(struct lq_instance_port *port)
{
    uint32_t pid;

    while (lq_process_watch_take(port->processes, &pid)) {
        struct lq_broker_event event = {.kind = LQ_ON_PROCESS_DIED, .process = {pid}};
        lq_core_feed_step(port->feed, &event);
    }
}

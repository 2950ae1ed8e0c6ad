// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_port.h - what the mirror reports becomes events, and people are told of it; tenants'
 * durability is set and shown.
 *
 * A report has a number. One that is not the next of its writer's says that the broker has not
 * heard all of them (it has started since, or the writer is another): positions in it count all the
 * same, and the answer asks for everything anew. A writer of a lower claim than the one that
 * reports is an earlier one, unless that one is over or silent: its table may be another.
 */
#ifndef LQ_MIRROR_PORT_H
#define LQ_MIRROR_PORT_H

#include "broker/io/core_feed.h"
#include "broker/io/storage_thread.h"
#include "proto/admin_codec.h"

struct lq_mirror_port {
    struct lq_core_feed *feed;
    lq_storage_thread_t *storage;
    bool reported;
    uint64_t told_ns;
    struct lq_mirror_report report; /* the newest one; without streams */
    char over[LQ_MIRROR_OVER_BYTES_MAX + 1];
    struct lq_mirror_orders orders; /* of the answer at hand, like the rest */
    struct lq_tenant_policy policies[LQ_MIRROR_POLICIES_MAX];
    struct lq_mirror_state state;
    struct lq_tenant_mirror tenants[LQ_MIRROR_TENANTS_MAX];
};

/* A request of kinds REPORT_MIRROR to SHOW_DURABILITY. Fills in the answer, which lives until the
 * next call or step; false: it comes when the change is on disk. */
bool lq_mirror_port_answer(struct lq_mirror_port *port, uint32_t peer,
                           const struct lq_admin_request *request, struct lq_admin_reply *answer);

#endif

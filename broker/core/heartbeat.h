// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* heartbeat.h - what an actor says it holds, against what was sent to it.
 *
 * A message between us may be lost. Its heartbeats name the batches that came and are not answered,
 * the highest number that came, and whether it is paused: so a lost DISPATCH, RESULT or PAUSED is
 * made up for within a heartbeat or two, long before a lease runs out, and is charged to nobody.
 */
#ifndef LQ_HEARTBEAT_H
#define LQ_HEARTBEAT_H

#include "broker/core/core_tables.h"

/* What the actor does not hold although it was sent to it goes on: to RESOLVE at persist, else into
 * the queue again, uncharged. */
void lq_heartbeat_told(struct lq_broker_core *core, const struct lq_broker_event *event,
                       uint64_t now_ns);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* core_feed.h - the one way into the core: an event goes in, its effects are carried out.
 *
 *    actors.sock  --> actor_port -----+
 *    clients.sock --> client_port ----+
 *                     admin_port -----+
 *    storage      --> storage_port ---+--> event
 *    pidfds,                          |      |
 *    runtime_dir  --> instance_port --+      v
 *    clock        --> broker_loop ----+    core
 *    frames.sock  --> watch_port             |
 *                                            v
 *                                          effects --> effect_runner
 *                                                        |
 *    actors.sock  <-- actor_orders <---------------------+  DISPATCH, RESOLVE, KILL
 *    clients.sock <-- receipt_writer, admin_port <-------+  ANSWER, ADMIN_DONE
 *    frames.sock  <-- watch_port <-----------------------+  PUBLISH
 *    storage      <-- storage_port <---------------------+  STORE_LETTER, ...
 *
 * A port reads what came, makes an event of each message and steps the core with it; nothing else
 * does. Receipts are gathered, and flushed at the end of each turn of the loop (broker_loop.h).
 */
#ifndef LQ_CORE_FEED_H
#define LQ_CORE_FEED_H

#include "broker/core/broker_core.h"

#define LQ_CORE_FEED_EFFECTS_MAX 8192u

struct lq_effect_runner;

struct lq_core_feed {
    lq_broker_core_t *core;
    struct lq_effect_runner *runner;
    uint64_t epoch;
    uint64_t now_ns; /* of this turn */
    struct lq_broker_effects effects;
};

/* Borrows core and runner. */
void lq_core_feed_open(struct lq_core_feed *feed, lq_broker_core_t *core,
                       struct lq_effect_runner *runner, uint64_t epoch);
void lq_core_feed_close(struct lq_core_feed *feed);

/* Step the core and carry out its effects. */
void lq_core_feed_step(struct lq_core_feed *feed, const struct lq_broker_event *event);

#endif

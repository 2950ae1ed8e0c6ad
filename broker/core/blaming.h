// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* blaming.h - actors come and go, and what they held is put right.
 *
 * When an actor dies, its items wait (ORPHANED) for its next incarnation, which reports the one
 * item that was at work: only that is a suspect and goes on alone. Everything else goes back
 * uncharged. A crash is charged only to an item that was alone. Items at persist are IN DOUBT
 * instead: only the current writer's answer to RESOLVE ends that.
 */
#ifndef LQ_BLAMING_H
#define LQ_BLAMING_H

#include "broker/core/core_tables.h"

/* The actor behind a connection, or 0. */
uint32_t lq_blaming_find_actor(const struct lq_broker_core *core, uint32_t peer);

/* The actor of that instance, in any state, or 0. */
uint32_t lq_blaming_find_instance(const struct lq_broker_core *core, const char *instance);

/* A slot for another actor; 0: LQ_ACTORS_MAX are known. It is not zeroed. */
uint32_t lq_blaming_free_slot(struct lq_broker_core *core);

void lq_blaming_ready(struct lq_broker_core *core, const struct lq_broker_event *event,
                      uint64_t now_ns, struct lq_broker_effects *out);

void lq_blaming_paused(struct lq_broker_core *core, const struct lq_broker_event *event);

/* It retires: what it still holds goes back. */
void lq_blaming_goodbye(struct lq_broker_core *core, uint32_t actor, uint64_t now_ns,
                        struct lq_broker_effects *out);

/* A local process is gone, and with it every actor that is proven to be in it. */
void lq_blaming_died(struct lq_broker_core *core, uint32_t pid, uint64_t now_ns,
                     struct lq_broker_effects *out);

/* Take an actor that holds nothing out of the table. */
void lq_blaming_forget(struct lq_broker_core *core, uint32_t actor);

/* When an actor that gives no sign of life until then is taken for frozen. */
uint64_t lq_blaming_silent_at_ns(const struct lq_broker_core *core, uint32_t actor);

/* The actor's timer: silence, or the wait for its next incarnation is over. */
void lq_blaming_actor_due(struct lq_broker_core *core, uint32_t actor, uint64_t now_ns,
                          struct lq_broker_effects *out);

/* A batch's lease ran out at an actor that still gives signs of life. */
void lq_blaming_batch_due(struct lq_broker_core *core, uint32_t batch, uint64_t now_ns,
                          struct lq_broker_effects *out);

/* An item of a batch is not coming back: DOUBT at persist, else back into the queue uncharged. */
void lq_blaming_lose_item(struct lq_broker_core *core, uint32_t execution);

/* persist itself said that the item ran out of time: whether it was committed is not known. Guilty:
 * it is charged with that if not. */
void lq_blaming_doubt_item(struct lq_broker_core *core, uint32_t execution, bool guilty);

/* Ask the current writer about every execution in doubt that it was not asked about. */
void lq_blaming_resolve(struct lq_broker_core *core, uint64_t now_ns,
                        struct lq_broker_effects *out);

/* Take an execution out of the doubtful: it was resolved. */
void lq_blaming_end_doubt(struct lq_broker_core *core, uint32_t execution);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* orphans.h - what a dead actor held, and who is to blame for its death.
 *
 * When an actor dies, its items wait (ORPHANED) for its next incarnation, which reports the one
 * item that was at work: only that is a suspect and goes on alone. Everything else goes back
 * uncharged. A crash is charged only to an item that was alone. Items at persist are IN DOUBT
 * instead (doubt.h).
 */
#ifndef LQ_ORPHANS_H
#define LQ_ORPHANS_H

#include "broker/core/core_tables.h"

/* Empty the actor's batches: doubtful items go to RESOLVE, the others become its orphans. */
void lq_orphans_take(struct lq_broker_core *core, uint32_t actor);

/* Let the orphans go: the suspect alone, the others as they were. A suspect that was alone already
 * crashed its actor by itself: that is charged. */
void lq_orphans_release(struct lq_broker_core *core, uint32_t actor, uint32_t suspect,
                        uint64_t now_ns, struct lq_broker_effects *out);

/* The task that a READY names as the one at work, or 0. */
uint32_t lq_orphans_find_suspect(const struct lq_broker_core *core, struct lq_execution_id suspect);

/* The suspect is somewhere else than among the orphans of the actor that names it: if it waits, or
 * is in doubt, it goes on alone as well. */
void lq_orphans_blame(struct lq_broker_core *core, uint32_t suspect);

#endif

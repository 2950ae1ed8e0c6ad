// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* parking.h - sessions that wait for an operator.
 *
 * Three dead executions in a row, or a dead tick without commands, park a session: nothing of it is
 * executed until it is resumed or its letter is redriven. Its commands still get a true answer:
 * load looks each of them up, by itself. What the ledger holds already (its receipt was lost with a
 * broker) is a DUPLICATE; the rest is UNUSED, SESSION_PARKED.
 *
 * A session that died at load itself cannot be looked into: its commands are refused at once, with
 * a reason that says so. That answer is about the copy that was refused and about no other.
 */
#ifndef LQ_PARKING_H
#define LQ_PARKING_H

#include "base/error_name.h"
#include "broker/core/core_tables.h"

#define LQ_DEATHS_TO_PARK 3u
#define LQ_PARKING_UNUSED LQ_REASON_SESSION_PARKED ": see its dead letters; lqctl session resume"
#define LQ_PARKING_UNDECIDED                                                                       \
    LQ_REASON_UNDECIDED ": the session is parked at load, which cannot look this command up"

/* Parked at load: nobody can say what became of its commands. */
bool lq_parking_is_unreadable(const struct lq_broker_core *core,
                              const struct lq_core_session *session);

/* Park the session by the state where it died. What waits in its mailbox is looked up, or refused
 * where that cannot be. */
void lq_parking_park(struct lq_broker_core *core, uint32_t session, uint8_t state,
                     struct lq_broker_effects *out);

/* Nothing happens to a session that is not parked. */
void lq_parking_unpark(struct lq_broker_core *core, uint32_t session,
                       struct lq_broker_effects *out);

/* At start: a parked session. */
void lq_parking_known(struct lq_broker_core *core, const struct lq_broker_event *event,
                      struct lq_broker_effects *out);

/* Unpark what fits the event's tenant, session and stage; stops at the room for effects, then the
 * turn is marked as cut short and the shell repeats the event. */
void lq_parking_resume(struct lq_broker_core *core, const struct lq_broker_event *event,
                       struct lq_broker_effects *out);

/* A session without a grid has no tick to repeat: being open again is the repair, and the letter
 * whose redrive waits for that tick is done. */
void lq_parking_end_revival(struct lq_broker_core *core, uint32_t session,
                            struct lq_broker_effects *out);

/* Redrive of a letter without commands: the session's next committed tick decides it. */
void lq_parking_revive_tick(struct lq_broker_core *core, uint32_t session, uint64_t letter_id,
                            struct lq_broker_effects *out);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_standing.h - what an operator decided about a session (proto/session_life.h), as it is on
 * disk.
 *
 * Of a stopped session no tick opens, neither for its grid nor for its commands; one that is under
 * way ends as it would have. Its commands get a true answer, as those of a parked session do
 * (parking.h): load looks each of them up, what the ledger holds is a DUPLICATE, the rest is
 * UNUSED, SESSION_STOPPED. Letters of it are not redriven: they stay open.
 *
 * A new rate is given by a tick of its own, without commands and steps, so that the record says
 * from which frame on it holds. Until that is committed, the grid is what it was.
 */
#ifndef LQ_SESSION_STANDING_H
#define LQ_SESSION_STANDING_H

#include "broker/core/core_tables.h"

/* Parked or stopped: it does not tick, its commands are looked up. */
static inline bool lq_session_standing_is_still(const struct lq_core_session *session)
{
    return session->parked || session->stopped;
}

/* What a command of a session that stands still hears: load does not know it; load failed on it. */
const char *lq_session_standing_unused(const struct lq_core_session *session);
const char *lq_session_standing_undecided(const struct lq_core_session *session);

/* LIVE: this is on disk of a session. */
void lq_session_standing_known(struct lq_broker_core *core, const struct lq_broker_event *event,
                               uint64_t now_ns, struct lq_broker_effects *out);

/* The session's record has the rate that this tick gives it, if it gives one. */
void lq_session_standing_rated(struct lq_broker_core *core, const struct lq_core_tick *tick,
                               struct lq_broker_effects *out);

/* DELETED: it was stopped, and is gone. What waits of it hears so from load. */
void lq_session_standing_deleted(struct lq_broker_core *core, const struct lq_broker_event *event,
                                 struct lq_broker_effects *out);

/* There is no such session any more, or its tenant is shredded: nothing of it is kept. */
void lq_session_standing_forget(struct lq_broker_core *core, uint32_t session,
                                struct lq_broker_effects *out);

#endif

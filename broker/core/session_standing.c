// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/session_standing.h"

#include "base/error_name.h"
#include "broker/core/effect_list.h"
#include "broker/core/grid.h"
#include "broker/core/parking.h"
#include "broker/core/session.h"
#include "broker/core/tenant_ring.h"

const char *lq_session_standing_unused(const struct lq_core_session *session)
{
    return session->parked ? LQ_PARKING_UNUSED
                           : LQ_REASON_SESSION_STOPPED ": by an operator; lqctl session start";
}

const char *lq_session_standing_undecided(const struct lq_core_session *session)
{
    return session->parked ? LQ_PARKING_UNDECIDED
                           : LQ_REASON_UNDECIDED
               ": the session is stopped, and load cannot look this command up";
}

void lq_session_standing_known(struct lq_broker_core *core, const struct lq_broker_event *event,
                               uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t index = lq_session_keep(core, &key);
    struct lq_core_session *session = &core->sessions[index];

    if (index == 0) {
        return;
    }
    session->attended = event->live.attended;
    session->rate_due = event->live.changes;
    session->next_rate = event->live.rate;
    if (!event->live.changes) {
        lq_grid_set_rate(core, index, event->live.rate, now_ns);
    }
    lq_grid_set_stopped(core, index, event->live.stopped, now_ns);
    lq_parking_end_revival(core, index, out);
    lq_tenant_ring_consider(core, index);
    lq_session_release(core, index);
}

void lq_session_standing_rated(struct lq_broker_core *core, const struct lq_core_tick *tick,
                               struct lq_broker_effects *out)
{
    struct lq_core_session *session = &core->sessions[tick->session];

    if (tick->rate.denominator == 0) {
        return;
    }
    if (lq_session_rate_equal(session->next_rate, tick->rate)) {
        session->rate_due = false; /* else another one was asked for meanwhile */
    }
    lq_grid_set_rate(core, tick->session, tick->rate, core->now_ns);
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_STORE_RATE);
    effect->session.index = tick->session;
    effect->session.rate = tick->rate;
    lq_parking_end_revival(core, tick->session, out);
}

void lq_session_standing_forget(struct lq_broker_core *core, uint32_t index,
                                struct lq_broker_effects *out)
{
    struct lq_core_session *session = &core->sessions[index];

    if (session->rate_numerator == 0 && !session->rate_due && !session->stopped) {
        return;
    }
    session->rate_due = false;
    lq_grid_set_rate(core, index, (struct lq_session_rate){0, 1}, core->now_ns);
    lq_grid_set_stopped(core, index, false, core->now_ns);
    lq_effect_list_add(out, LQ_EFFECT_STORE_NOT_LIVE)->session.index = index;
    lq_parking_end_revival(core, index, out);
}

void lq_session_standing_deleted(struct lq_broker_core *core, const struct lq_broker_event *event,
                                 struct lq_broker_effects *out)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t index = lq_session_find(core, &key);

    if (index == 0) {
        return;
    }
    lq_session_standing_forget(core, index, out);
    lq_parking_unpark(core, index, out);
    core->sessions[index].deaths_in_row = 0;
    lq_session_release(core, index);
}

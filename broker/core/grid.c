// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/grid.h"

#include "base/clock.h"
#include "broker/core/session.h"
#include "broker/core/tenant_ring.h"

/* Point k lies at phase + k * denominator / numerator seconds. */

static uint64_t grid_point_ns(const struct lq_core_session *session, uint64_t index)
{
    unsigned __int128 offset = (unsigned __int128)index * session->rate_denominator * LQ_NS_PER_S /
                               session->rate_numerator;

    return session->grid_phase_ns + (uint64_t)offset;
}

static uint64_t grid_index_after(const struct lq_core_session *session, uint64_t now_ns)
{
    if (now_ns < session->grid_phase_ns) {
        return 0;
    }
    unsigned __int128 since =
        (unsigned __int128)(now_ns - session->grid_phase_ns) * session->rate_numerator;
    uint64_t index =
        (uint64_t)(since / ((unsigned __int128)session->rate_denominator * LQ_NS_PER_S));

    /* Points are rounded down to a nanosecond: the division may stop one short of now. */
    while (grid_point_ns(session, index) <= now_ns) {
        index++;
    }
    return index;
}

/* Whether the point that was due before is lost for want of a token: nothing else holds it up. */
static bool is_throttled(const struct lq_broker_core *core, const struct lq_core_session *session)
{
    return session->tick_due && session->execution == 0 && core->tenants[session->tenant].unpaid;
}

static void set_resting(struct lq_broker_core *core, struct lq_core_session *session, bool resting)
{
    core->sessions_resting = core->sessions_resting - session->resting + resting;
    session->resting = resting;
}

/* From the next point on. */
static void begin_grid(struct lq_broker_core *core, uint32_t index, uint64_t now_ns)
{
    struct lq_core_session *session = &core->sessions[index];

    session->grid_index = grid_index_after(session, now_ns);
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_SESSION, index),
                      grid_point_ns(session, session->grid_index));
}

void lq_grid_due(struct lq_broker_core *core, uint32_t index, uint64_t due_ns, uint64_t now_ns)
{
    struct lq_core_session *session = &core->sessions[index];

    if (session->rate_numerator == 0) {
        return;
    }
    if (session->attended && now_ns >= session->attended_until_ns) {
        set_resting(core, session, true); /* this point and those to come count as nothing */
        return;
    }
    uint64_t next = grid_index_after(session, now_ns);
    LQ_ASSERT(next > session->grid_index);
    /* Between the point that fired and the next one in the future, everything is lost world time.
     */
    uint64_t throttled = is_throttled(core, session);
    uint64_t missed = next - session->grid_index - 1;
    if (session->tick_due && throttled == 0) {
        missed++;
    }
    if (session->parked) {
        missed = 0;
    } else {
        session->tick_due = true;
        session->due_ns = due_ns;
    }
    session->missed += missed + throttled;
    core->counters.missed_ticks += missed;
    core->counters.throttled_ticks += throttled;
    core->tenants[session->tenant].throttled_ticks += throttled;
    session->grid_index = next;
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_SESSION, index),
                      grid_point_ns(session, next));
    lq_tenant_ring_consider(core, index);
}

void lq_grid_set_rate(struct lq_broker_core *core, uint32_t index, struct lq_session_rate rate,
                      uint64_t now_ns)
{
    struct lq_core_session *session = &core->sessions[index];
    bool was_live = session->rate_numerator > 0;

    if (was_live && rate.numerator == session->rate_numerator &&
        rate.denominator == session->rate_denominator) {
        return;
    }
    core->sessions_live = core->sessions_live - (was_live ? 1 : 0) + (rate.numerator > 0 ? 1 : 0);
    session->rate_numerator = rate.numerator;
    session->rate_denominator = rate.denominator;
    if (rate.numerator == 0) {
        session->tick_due = false;
        session->attended = false;
        set_resting(core, session, false);
        lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_SESSION, index));
        return;
    }
    uint64_t period_ns = (uint64_t)rate.denominator * LQ_NS_PER_S / rate.numerator;
    session->grid_phase_ns = lq_hashed_names_mix(session->hash) % (period_ns > 0 ? period_ns : 1);
    set_resting(core, session, false);
    if (!session->stopped) {
        begin_grid(core, index, now_ns);
    }
}

void lq_grid_set_stopped(struct lq_broker_core *core, uint32_t index, bool stopped, uint64_t now_ns)
{
    struct lq_core_session *session = &core->sessions[index];
    struct lq_core_tenant *tenant = &core->tenants[session->tenant];

    if (stopped == session->stopped) {
        return;
    }
    session->stopped = stopped;
    core->sessions_stopped = core->sessions_stopped + stopped - !stopped;
    tenant->sessions_stopped = tenant->sessions_stopped + stopped - !stopped;
    if (session->rate_numerator == 0) {
        return;
    }
    set_resting(core, session, false);
    session->tick_due = false;
    if (stopped) {
        lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_SESSION, index));
    } else {
        begin_grid(core, index, now_ns);
    }
}

void lq_grid_attended(struct lq_broker_core *core, const struct lq_broker_event *event,
                      uint64_t now_ns)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t index = lq_session_find(core, &key);
    struct lq_core_session *session = &core->sessions[index];

    if (index == 0 || !session->attended) {
        return; /* who attends says so again soon */
    }
    if (event->attended.ends == (event->attended.until_ns < session->attended_until_ns)) {
        session->attended_until_ns = event->attended.until_ns;
    }
    if (session->resting && !event->attended.ends) {
        set_resting(core, session, false);
        begin_grid(core, index, now_ns);
    }
}

void lq_grid_restore(struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->tick.session];

    if (execution->tick.steps == 0 || session->rate_numerator == 0 || session->stopped) {
        return;
    }
    if (session->tick_due) {
        session->missed++;
        core->counters.missed_ticks++;
        return;
    }
    session->tick_due = true;
    session->due_ns = execution->tick.due_ns;
}

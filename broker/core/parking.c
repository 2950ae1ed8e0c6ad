// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/parking.h"

#include "broker/core/command_answer.h"
#include "broker/core/dead_letter.h"
#include "broker/core/effect_list.h"
#include "broker/core/session.h"
#include "broker/core/tenant_ring.h"

bool lq_parking_is_unreadable(const struct lq_broker_core *core,
                              const struct lq_core_session *session)
{
    return session->parked && session->parked_by == core->config.pipeline.start;
}

void lq_parking_park(struct lq_broker_core *core, uint32_t index, uint8_t state,
                     struct lq_broker_effects *out)
{
    struct lq_core_session *session = &core->sessions[index];

    if (!session->parked) {
        core->sessions_parked++;
        core->tenants[session->tenant].sessions_parked++;
    }
    session->parked = true;
    session->parked_by = state;
    session->tick_due = false;
    session->bisect_left = 0;
    if (!lq_parking_is_unreadable(core, session)) {
        return; /* what waits is looked up, a command at a time */
    }
    while (session->mailbox.count > 0) {
        uint32_t command =
            lq_index_list_take_first(&session->mailbox, lq_core_tables_command_links(core));
        lq_command_answer_unused(core, session->tenant, command, LQ_PARKING_UNDECIDED, out);
    }
}

void lq_parking_unpark(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_session *session = &core->sessions[index];

    if (!session->parked) {
        return;
    }
    session->parked = false;
    session->deaths_in_row = 0;
    core->sessions_parked--;
    core->tenants[session->tenant].sessions_parked--;
    lq_effect_list_add(out, LQ_EFFECT_STORE_UNPARKED)->session.index = index;
    lq_tenant_ring_consider(core, index);
}

void lq_parking_known(struct lq_broker_core *core, const struct lq_broker_event *event,
                      struct lq_broker_effects *out)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t session = lq_session_keep(core, &key);
    uint32_t state = lq_plan_find_stage(&core->config.pipeline, event->parking.stage);

    if (session != 0) {
        lq_parking_park(core, session, state == LQ_STATE_NONE ? 0 : (uint8_t)state, out);
    }
}

static bool fits(const struct lq_broker_core *core, const struct lq_core_session *session,
                 const struct lq_broker_event *event)
{
    struct lq_session_names names = lq_session_names(core, session);
    struct lq_view stage = event->parking.stage;
    const char *parked_by = core->config.pipeline.states[session->parked_by].stage;

    return (event->names.tenant.bytes == 0 || lq_view_equal(event->names.tenant, names.tenant)) &&
           (event->names.session.bytes == 0 ||
            lq_view_equal(event->names.session, names.session)) &&
           (stage.bytes == 0 || lq_view_equal(stage, lq_view_text(parked_by)));
}

void lq_parking_resume(struct lq_broker_core *core, const struct lq_broker_event *event,
                       struct lq_broker_effects *out)
{
    for (uint32_t index = 1; index <= core->session_pool.top; index++) {
        struct lq_core_session *session = &core->sessions[index];
        if (!session->parked || !fits(core, session, event)) {
            continue;
        }
        if (out->count_max - out->count < 2) {
            core->turn_cut_short = true;
            return;
        }
        lq_parking_unpark(core, index, out);
        lq_session_release(core, index);
    }
}

void lq_parking_end_revival(struct lq_broker_core *core, uint32_t index,
                            struct lq_broker_effects *out)
{
    struct lq_core_session *session = &core->sessions[index];

    if (session->rate_numerator > 0 || session->revive_letter == 0) {
        return;
    }
    lq_dead_letter_end_tick(core, session, 0, out);
}

void lq_parking_revive_tick(struct lq_broker_core *core, uint32_t index, uint64_t letter_id,
                            struct lq_broker_effects *out)
{
    struct lq_core_session *session = &core->sessions[index];

    if (session->revive_letter != 0 && session->revive_letter != letter_id) {
        /* One tick decides one letter: this one's turn comes with a redrive of its own. */
        lq_effect_list_letter_open(out, letter_id);
        return;
    }
    session->revive_letter = letter_id;
    lq_parking_end_revival(core, index, out);
    lq_tenant_ring_consider(core, index);
    lq_session_release(core, index);
}

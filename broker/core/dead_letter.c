// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/dead_letter.h"

#include "broker/core/command_answer.h"
#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/grid.h"
#include "broker/core/parking.h"
#include "broker/core/session.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_quota.h"

/* ---- how many are open, of all and of a tenant; 0: one that found no record, or was forgotten
 * ---- */

static void count_open(struct lq_broker_core *core, uint32_t tenant)
{
    core->letters_open++;
    if (tenant != 0) {
        core->tenants[tenant].letters++;
        lq_tenant_settle(core, tenant);
    }
}

static void count_gone(struct lq_broker_core *core, uint32_t tenant)
{
    core->letters_open -= core->letters_open > 0;
    core->letter_room = true;
    if (tenant != 0) {
        core->tenants[tenant].letters -= core->tenants[tenant].letters > 0;
        lq_tenant_settle(core, tenant);
    }
}

/* Whether the letter takes no new room: it is one that died again in its redrive. */
static bool letter_is_known(const struct lq_broker_core *core,
                            const struct lq_core_execution *execution)
{
    const struct lq_core_session *session = &core->sessions[execution->tick.session];
    const struct lq_core_command *command = &core->commands[execution->tick.commands.first];

    if (execution->tick.commands.first == 0) {
        return session->revive_letter == execution->death.letter_id;
    }
    return lq_letter_index_find(&core->letters, &command->client, command->sequence,
                                session->hash) != 0;
}

static void send_to_storage(struct lq_broker_core *core, uint32_t index,
                            struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t tenant = lq_execution_tenant(core, index);

    if (letter_is_known(core, execution)) {
        execution->death.reserved = false;
    } else if (lq_tenant_quota_has_letter(core, tenant)) {
        execution->death.reserved =
            true; /* counted from now on: others may be on their way to the disk */
        count_open(core, tenant);
    } else {
        /* The letters are full, all or its tenant's: the session waits, nothing is dropped. */
        lq_index_list_append(&core->letter_wait, lq_core_tables_execution_links(core), index);
        return;
    }
    execution->death.storing = true;
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_STORE_LETTER);
    effect->store_letter.execution = index;
    effect->store_letter.id = execution->death.letter_id;
}

void lq_dead_letter_begin(struct lq_broker_core *core, uint32_t index,
                          struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->tick.session];
    uint64_t letter_id = session->revive_letter;

    LQ_ASSERT(execution->tick.commands.count <= 1);
    if (execution->tick.commands.first != 0) {
        letter_id = core->commands[execution->tick.commands.first].letter_id;
        session->bisect_left -= session->bisect_left > 0;
        lq_grid_restore(core, index);
    }
    if (letter_id == 0) {
        letter_id = core->config.epoch << 32 | ++core->letter_serial;
    }
    core->tasks[execution->task].phase = LQ_TASK_DYING;
    execution->death.letter_id = letter_id;
    execution->death.parks =
        execution->tick.commands.count == 0 || session->deaths_in_row + 1u >= LQ_DEATHS_TO_PARK;
    send_to_storage(core, index, out);
}

/* The stored letter answers for its command from now on. */
static void enter_letter(struct lq_broker_core *core, const struct lq_core_execution *execution)
{
    struct lq_core_session *session = &core->sessions[execution->tick.session];
    const struct lq_core_command *command = &core->commands[execution->tick.commands.first];

    if (execution->death.reserved) {
        core->counters.letters_total++;
    } else if (!letter_is_known(core, execution)) {
        /* It was purged while it was on its way to the disk again. */
        count_open(core, session->tenant);
    }
    if (execution->tick.commands.first == 0) {
        session->revive_letter = 0;
        return;
    }
    bool added = lq_letter_index_add(&core->letters, &command->client, command->sequence,
                                     session->hash, execution->death.letter_id);
    LQ_ASSERT(added);
}

/* The newest entry of the broker's outbox that tells of a letter of the tenant; 0: no tenant. */
static void note_sequence(struct lq_broker_core *core, uint32_t tenant, uint64_t sequence)
{
    if (sequence > core->newest_letter) {
        core->newest_letter = sequence;
    }
    if (tenant != 0 && sequence > core->tenants[tenant].newest_letter) {
        core->tenants[tenant].newest_letter = sequence;
    }
}

void lq_dead_letter_stored(struct lq_broker_core *core, const struct lq_broker_event *event,
                           struct lq_broker_effects *out)
{
    const struct lq_core_needs needs = {.broker_sequence = event->letter.broker_sequence};
    uint32_t index = event->letter.execution;
    struct lq_core_execution *execution = &core->executions[index];

    if (index == 0 || index > core->execution_pool.top || execution->counter == 0 ||
        !execution->death.storing) {
        return;
    }
    uint32_t session = execution->tick.session;
    bool parks = execution->death.parks;
    uint8_t state = core->tasks[execution->task].state;

    enter_letter(core, execution);
    note_sequence(core, core->sessions[session].tenant, needs.broker_sequence);
    core->sessions[session].deaths_in_row++;
    lq_command_answer_dead_lettered(core, index, &needs, out);
    if (parks) {
        lq_parking_park(core, session, state, out);
    }
    lq_execution_close(core, index, out);
}

void lq_dead_letter_freed(struct lq_broker_core *core, struct lq_broker_effects *out)
{
    /* All that wait, once: those of a tenant that is still at its bound stand behind again, and
     * hold up no other's. */
    for (uint32_t left = core->letter_room ? core->letter_wait.count : 0; left > 0; left--) {
        if (out->count_max - out->count < 2) {
            core->turn_cut_short = true;
            return;
        }
        send_to_storage(
            core,
            lq_index_list_take_first(&core->letter_wait, lq_core_tables_execution_links(core)),
            out);
    }
    core->letter_room = false;
}

void lq_dead_letter_known(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);

    /* More letters on disk than configured: the newest are listed, but not answered with. */
    if (event->letter.has_command &&
        !lq_letter_index_add(&core->letters, &event->client, event->sequence, key.hash,
                             event->letter.id)) {
        return;
    }
    uint32_t tenant = lq_tenant_keep(core, &key);
    count_open(core, tenant);
    note_sequence(core, tenant, event->letter.broker_sequence);
}

void lq_dead_letter_gone(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);

    if (event->letter.has_command &&
        !lq_letter_index_remove(&core->letters, &event->client, event->sequence, key.hash)) {
        return; /* decided by a redrive: only its tombstone went */
    }
    count_gone(core, lq_tenant_find(core, &key));
    uint32_t session = lq_session_find(core, &key);
    if (session != 0 && core->sessions[session].revive_letter == event->letter.id) {
        core->sessions[session].revive_letter = 0; /* purged while its tick was being redriven */
    }
    if (session != 0 && !core->sessions[session].parked) {
        core->sessions[session].deaths_in_row = 0; /* someone has looked after it */
        lq_session_release(core, session);
    }
}

void lq_dead_letter_end_command(struct lq_broker_core *core, const struct lq_core_session *session,
                                const struct lq_core_command *command, uint64_t frame,
                                struct lq_broker_effects *out)
{
    lq_effect_list_letter_done(out, command->letter_id, frame);
    if (lq_letter_index_remove(&core->letters, &command->client, command->sequence,
                               session->hash)) {
        LQ_ASSERT(core->letters_open > 0);
        count_gone(core, session->tenant);
    }
}

void lq_dead_letter_end_tick(struct lq_broker_core *core, struct lq_core_session *session,
                             uint64_t frame, struct lq_broker_effects *out)
{
    lq_effect_list_letter_done(out, session->revive_letter, frame);
    count_gone(core, session->tenant);
    session->revive_letter = 0;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/dead_letter.h"

#include "broker/core/command_answer.h"
#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/grid.h"
#include "broker/core/parking.h"
#include "broker/core/session.h"

static uint64_t session_hash(const struct lq_broker_core *core,
                             const struct lq_core_session *session)
{
    const struct lq_core_tenant *tenant = &core->tenants[session->tenant];

    return lq_letter_index_session_hash(lq_view_of(tenant->name, tenant->name_bytes),
                                        lq_view_of(session->name, session->name_bytes));
}

/* Whether the letter takes no new room: it is one that died again in its redrive. */
static bool letter_is_known(const struct lq_broker_core *core,
                            const struct lq_core_execution *execution)
{
    const struct lq_core_session *session = &core->sessions[execution->session];
    const struct lq_core_command *command = &core->commands[execution->commands_first];

    if (execution->commands_first == 0) {
        return session->revive_letter == execution->letter_id;
    }
    return lq_letter_index_find(&core->letters, &command->client, command->sequence,
                                session_hash(core, session)) != 0;
}

static void send_to_storage(struct lq_broker_core *core, uint32_t index,
                            struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    if (letter_is_known(core, execution)) {
        execution->reserved = false;
    } else if (core->letters.open < core->config.letters_max) {
        execution->reserved =
            true; /* counted from now on: others may be on their way to the disk */
        core->letters.open++;
    } else {
        /* The letters are full: the session waits, nothing is dropped. */
        execution->next = 0;
        if (core->letter_wait_last != 0) {
            core->executions[core->letter_wait_last].next = index;
        } else {
            core->letter_wait_first = index;
        }
        core->letter_wait_last = index;
        return;
    }
    execution->storing = true;
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_STORE_LETTER);
    effect->store_letter.execution = index;
    effect->store_letter.id = execution->letter_id;
}

void lq_dead_letter_begin(struct lq_broker_core *core, uint32_t index,
                          struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];
    uint64_t letter_id = session->revive_letter;

    LQ_ASSERT(execution->command_count <= 1);
    if (execution->commands_first != 0) {
        letter_id = core->commands[execution->commands_first].letter_id;
        session->bisect_left -= session->bisect_left > 0;
        lq_grid_restore(core, index);
    }
    if (letter_id == 0) {
        letter_id = core->config.epoch << 32 | ++core->letter_serial;
    }
    execution->state = LQ_EXECUTION_DYING;
    execution->letter_id = letter_id;
    execution->parks =
        execution->command_count == 0 || session->deaths_in_row + 1u >= LQ_DEATHS_TO_PARK;
    send_to_storage(core, index, out);
}

/* The stored letter answers for its command from now on. */
static void enter_letter(struct lq_broker_core *core, const struct lq_core_execution *execution)
{
    struct lq_core_session *session = &core->sessions[execution->session];
    const struct lq_core_command *command = &core->commands[execution->commands_first];

    if (execution->reserved) {
        core->counters.letters_total++;
    } else if (!letter_is_known(core, execution)) {
        core->letters.open++; /* it was purged while it was on its way to the disk again */
    }
    if (execution->commands_first == 0) {
        session->revive_letter = 0;
        return;
    }
    bool added = lq_letter_index_add(&core->letters, &command->client, command->sequence,
                                     session_hash(core, session), execution->letter_id);
    LQ_ASSERT(added);
}

void lq_dead_letter_stored(struct lq_broker_core *core, uint32_t index,
                           struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    if (index == 0 || index > core->executions_top || execution->counter == 0 ||
        execution->state != LQ_EXECUTION_DYING || !execution->storing) {
        return;
    }
    uint32_t session = execution->session;
    bool parks = execution->parks;
    uint8_t stage = execution->stage;

    enter_letter(core, execution);
    core->sessions[session].deaths_in_row++;
    lq_command_answer_dead_lettered(core, index, out);
    if (parks) {
        lq_parking_park(core, session, stage, out);
    }
    lq_execution_close(core, index, out);
}

void lq_dead_letter_freed(struct lq_broker_core *core, struct lq_broker_effects *out)
{
    while (core->letter_wait_first != 0 && core->letters.open < core->config.letters_max) {
        if (out->count_max - out->count < 2) {
            core->turn_cut_short = true;
            return;
        }
        uint32_t index = core->letter_wait_first;
        core->letter_wait_first = core->executions[index].next;
        if (core->letter_wait_first == 0) {
            core->letter_wait_last = 0;
        }
        send_to_storage(core, index, out);
    }
}

void lq_dead_letter_known(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    uint64_t hash = lq_letter_index_session_hash(event->tenant, event->session);

    core->letters.open++;
    if (event->letter.has_command &&
        !lq_letter_index_add(&core->letters, &event->client, event->sequence, hash,
                             event->letter.id)) {
        /* More letters on disk than configured: the newest are listed, but not answered with. */
        core->letters.open--;
    }
}

void lq_dead_letter_gone(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    uint64_t hash = lq_letter_index_session_hash(event->tenant, event->session);

    if (event->letter.has_command &&
        !lq_letter_index_remove(&core->letters, &event->client, event->sequence, hash)) {
        return; /* decided by a redrive: only its tombstone went */
    }
    core->letters.open -= core->letters.open > 0;
    uint32_t session = lq_session_find(core, event->tenant, event->session);
    if (session != 0 && core->sessions[session].revive_letter == event->letter.id) {
        core->sessions[session].revive_letter = 0; /* purged while its tick was being redriven */
    }
    if (session != 0 && !core->sessions[session].parked) {
        core->sessions[session].deaths_in_row = 0; /* someone has looked after it */
        lq_session_release(core, session);
    }
}

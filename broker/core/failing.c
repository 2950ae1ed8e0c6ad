// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/failing.h"

#include "base/clock.h"
#include "base/error_name.h"
#include "broker/core/answering.h"
#include "broker/core/opening.h"
#include "broker/core/parking.h"
#include "broker/core/queueing.h"

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
    struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_STORE_LETTER);
    effect->execution = index;
    effect->letter_id = execution->letter_id;
}

/* What is left of the execution (one command or none) becomes a dead letter. */
static void start_dying(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];
    uint64_t letter_id = session->revive_letter;

    LQ_ASSERT(execution->command_count <= 1);
    if (execution->commands_first != 0) {
        letter_id = core->commands[execution->commands_first].letter_id;
        session->bisect_left -= session->bisect_left > 0;
        lq_opening_restore_tick(core, index);
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

/* Take the command at fault out; the others go back to the front of the mailbox, uncharged. */
static void single_out(struct lq_broker_core *core, uint32_t index, uint32_t place)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t previous = 0;
    uint32_t chosen = execution->commands_first;

    for (uint32_t step = 0; step < place; step++) {
        previous = chosen;
        chosen = core->commands[chosen].next;
    }
    if (previous == 0) {
        execution->commands_first = core->commands[chosen].next;
    } else {
        core->commands[previous].next = core->commands[chosen].next;
    }
    core->commands[chosen].next = 0;
    lq_opening_put_back(core, execution->session, execution->commands_first,
                        execution->command_count - 1);
    execution->commands_first = chosen;
    execution->command_count = 1;
}

/* Nobody knows which command it was: put all back and try halves. */
static void bisect(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];

    if (session->bisect_left < execution->command_count) {
        session->bisect_left = execution->command_count;
    }
    session->bisect_limit = execution->command_count / 2;
    lq_opening_put_back(core, execution->session, execution->commands_first,
                        execution->command_count);
    execution->commands_first = 0;
    execution->command_count = 0;
    lq_opening_restore_tick(core, index);
    lq_opening_close(core, index, out);
}

static void die(struct lq_broker_core *core, uint32_t index, uint32_t command_at_fault,
                struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t session = execution->session;

    if (session == 0) {
        struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_ADMIN_FAILED);
        effect->peer = execution->peer;
        effect->tag = execution->tag;
        effect->result = LQ_ERR_STATE;
        effect->reason =
            lq_view_text(execution->cause[0] != '\0' ? execution->cause : execution->error);
        lq_opening_close(core, index, out);
        return;
    }
    if (core->sessions[session].parked) {
        /* Only looked up: no letter. What waits behind it would end like it. */
        lq_parking_park(core, session, (uint8_t)core->config.pipeline.start, out);
        lq_answering_parked(core, index, LQ_PARKING_UNDECIDED, out);
        return;
    }
    if (command_at_fault >= 1 && command_at_fault <= execution->command_count) {
        single_out(core, index, command_at_fault - 1);
    } else if (execution->command_count > 1) {
        bisect(core, index, out);
        return;
    }
    start_dying(core, index, out);
}

static bool retry(struct lq_broker_core *core, uint32_t index, uint64_t now_ns)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_plan *pipeline = &core->config.pipeline;
    const struct lq_plan_state *state = &pipeline->states[execution->stage];
    uint32_t chosen = lq_plan_find_retrier(state, execution->error);

    if (chosen == LQ_RETRIERS_MAX ||
        execution->retries[chosen] >= state->retriers[chosen].attempts_max) {
        return false;
    }
    if (execution->charged_ns > pipeline->tick_timeout_ms * LQ_NS_PER_MS) {
        lq_core_tables_copy_text(execution->error, sizeof execution->error,
                                 lq_view_text(LQ_ERROR_STATES_TIMEOUT));
        lq_core_tables_copy_text(
            execution->cause, sizeof execution->cause,
            lq_view_text("the tick's own tries and delays took longer than tick_timeout_ms"));
        return false;
    }
    uint32_t number = ++execution->retries[chosen];
    uint64_t delay_ns =
        lq_plan_retry_delay_ns(&state->retriers[chosen], number, lq_core_tables_random(core));
    execution->charged_ns += delay_ns;
    execution->state = LQ_EXECUTION_DELAYED;
    core->queues[execution->stage].delayed++;
    core->queues[execution->stage].retries++;
    core->counters.retries++;
    lq_timer_heap_set(&core->timers, lq_core_tables_execution_timer(core, index),
                      now_ns + delay_ns);
    return true;
}

void lq_failing_charge(struct lq_broker_core *core, uint32_t index, struct lq_view error,
                       struct lq_view cause, uint32_t command_at_fault, uint64_t now_ns,
                       struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    lq_core_tables_copy_text(execution->error, sizeof execution->error, error);
    lq_core_tables_copy_text(execution->cause, sizeof execution->cause, cause);
    execution->tries++;
    execution->charged_ns += now_ns - execution->leased_ns;
    core->queues[execution->stage].failures++;
    if (!retry(core, index, now_ns)) {
        die(core, index, command_at_fault, out);
    }
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

void lq_failing_letter_stored(struct lq_broker_core *core, uint32_t index,
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
    lq_answering_dead_lettered(core, index, out);
    if (parks) {
        lq_parking_park(core, session, stage, out);
    }
    lq_opening_close(core, index, out);
}

void lq_failing_letters_freed(struct lq_broker_core *core, struct lq_broker_effects *out)
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

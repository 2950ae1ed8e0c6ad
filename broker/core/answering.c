// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/answering.h"

#include "base/error_name.h"
#include "broker/core/opening.h"
#include "broker/core/parking.h"

static struct lq_view session_name(const struct lq_broker_core *core,
                                   const struct lq_core_session *session, struct lq_view *tenant)
{
    const struct lq_core_tenant *owner = &core->tenants[session->tenant];

    *tenant = lq_view_of(owner->name, owner->name_bytes);
    return lq_view_of(session->name, session->name_bytes);
}

static void count_outcome(struct lq_broker_core *core, uint8_t outcome)
{
    core->counters.receipts += outcome == LQ_OUTCOME_APPLIED || outcome == LQ_OUTCOME_REFUSED;
    core->counters.commands_refused +=
        outcome == LQ_OUTCOME_REFUSED || outcome == LQ_OUTCOME_UNUSED;
    core->counters.duplicates += outcome == LQ_OUTCOME_DUPLICATE;
}

/* A redriven command was decided, or came to nothing. */
static void settle_letter(struct lq_broker_core *core, const struct lq_core_session *session,
                          const struct lq_core_command *command, uint8_t outcome, uint64_t frame,
                          struct lq_broker_effects *out)
{
    struct lq_view tenant;
    struct lq_view name = session_name(core, session, &tenant);

    if (outcome == LQ_OUTCOME_UNUSED) {
        lq_core_tables_effect(out, LQ_EFFECT_STORE_LETTER_OPEN)->letter_id = command->letter_id;
        return;
    }
    struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_STORE_LETTER_DONE);
    effect->letter_id = command->letter_id;
    effect->frame = frame;
    if (lq_letter_index_remove(&core->letters, &command->client, command->sequence,
                               lq_letter_index_session_hash(tenant, name))) {
        LQ_ASSERT(core->letters.open > 0);
        core->letters.open--;
    }
}

/* Answer command number `place` of an item's outcomes and give its record back. */
static void answer_command(struct lq_broker_core *core, const struct lq_core_session *session,
                           uint32_t index, const struct lq_result_item *item, uint32_t place,
                           struct lq_broker_effects *out)
{
    const struct lq_core_command *command = &core->commands[index];
    const struct lq_outcome_entry *entry = &item->outcomes[place];
    bool in_frame = entry->outcome == LQ_OUTCOME_APPLIED || entry->outcome == LQ_OUTCOME_REFUSED;
    uint64_t frame = in_frame ? item->frame : entry->frame;

    count_outcome(core, entry->outcome);
    if (command->letter_id != 0) {
        settle_letter(core, session, command, entry->outcome, frame, out);
    }
    if (command->peer != 0) {
        struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_ANSWER);
        effect->peer = command->peer;
        effect->tag = command->tag;
        effect->outcome = entry->outcome;
        effect->frame = frame;
        effect->reason = entry->reason;
        if (in_frame) {
            memcpy(effect->hash, item->hash, sizeof effect->hash);
        }
    }
    lq_opening_drop_command(core, session->tenant, index, out);
}

static void answer_commands(struct lq_broker_core *core, struct lq_core_execution *execution,
                            const struct lq_result_item *item, struct lq_broker_effects *out)
{
    const struct lq_core_session *session = &core->sessions[execution->session];
    uint32_t place = 0;

    if (item->outcome_count != execution->command_count) {
        /* A RESOLVE whose record lacks the duplicates: load will know each command again. */
        lq_opening_put_back(core, execution->session, execution->commands_first,
                            execution->command_count);
    } else {
        while (execution->commands_first != 0) {
            uint32_t index = execution->commands_first;
            execution->commands_first = core->commands[index].next;
            answer_command(core, session, index, item, place++, out);
        }
    }
    execution->commands_first = 0;
    execution->command_count = 0;
}

static void go_on_after_bisect(struct lq_core_session *session, uint32_t passed)
{
    if (session->bisect_left == 0) {
        return;
    }
    session->bisect_left = session->bisect_left > passed ? session->bisect_left - passed : 0;
}

void lq_answering_committed(struct lq_broker_core *core, uint32_t index,
                            const struct lq_result_item *item, struct lq_payload *world,
                            struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];
    struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_PUBLISH);

    effect->session = execution->session;
    effect->frame = item->frame;
    effect->steps = execution->steps;
    effect->command_count = execution->command_count;
    effect->due_ns = execution->due_ns;
    effect->payload = *world;
    memcpy(effect->hash, item->hash, sizeof effect->hash);
    core->counters.ticks_committed++;
    session->deaths_in_row = 0;
    session->missed -= execution->missed < session->missed ? execution->missed : session->missed;
    go_on_after_bisect(session, execution->command_count);
    if (session->revive_letter != 0 && execution->steps > 0) {
        effect = lq_core_tables_effect(out, LQ_EFFECT_STORE_LETTER_DONE);
        effect->letter_id = session->revive_letter;
        effect->frame = item->frame;
        session->revive_letter = 0;
        core->letters.open -= core->letters.open > 0;
    }
    answer_commands(core, execution, item, out);
    lq_opening_close(core, index, out);
}

static void refuse_commands(struct lq_broker_core *core, struct lq_core_execution *execution,
                            struct lq_view reason, struct lq_broker_effects *out)
{
    struct lq_outcome_entry entry = {LQ_OUTCOME_UNUSED, 0, reason};
    struct lq_result_item item = {.outcome_count = 1, .outcomes = &entry};

    while (execution->commands_first != 0) {
        uint32_t command = execution->commands_first;
        execution->commands_first = core->commands[command].next;
        answer_command(core, &core->sessions[execution->session], command, &item, 0, out);
    }
    execution->command_count = 0;
}

void lq_answering_ended(struct lq_broker_core *core, uint32_t index,
                        const struct lq_result_item *item, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];

    session->deaths_in_row = 0;
    go_on_after_bisect(session, execution->command_count);
    if (item->outcome_count > 0 && item->outcome_count == execution->command_count) {
        answer_commands(core, execution, item, out);
    } else {
        struct lq_view reason = item->error.bytes > 0 ? item->error : lq_view_text("ENDED");
        refuse_commands(core, execution, reason, out);
        if (session->rate_numerator > 0 &&
            lq_view_equal(item->error, lq_view_text(LQ_ERROR_SESSION_UNKNOWN))) {
            lq_opening_set_rate(core, execution->session, 0, 1, 0);
            lq_core_tables_effect(out, LQ_EFFECT_STORE_NOT_LIVE)->session = execution->session;
            lq_parking_end_revival(core, execution->session, out);
        }
    }
    lq_opening_close(core, index, out);
}

void lq_answering_parked(struct lq_broker_core *core, uint32_t index, const char *reason,
                         struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    LQ_ASSERT(core->sessions[execution->session].parked);
    LQ_ASSERT(execution->steps == 0);
    refuse_commands(core, execution, lq_view_text(reason), out);
    lq_opening_close(core, index, out);
}

void lq_answering_unused(struct lq_broker_core *core, uint32_t tenant, uint32_t index,
                         const char *reason, struct lq_broker_effects *out)
{
    const struct lq_core_command *command = &core->commands[index];

    core->counters.commands_refused++;
    if (command->letter_id != 0) {
        lq_core_tables_effect(out, LQ_EFFECT_STORE_LETTER_OPEN)->letter_id = command->letter_id;
    }
    if (command->peer != 0) {
        struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_ANSWER);
        effect->peer = command->peer;
        effect->tag = command->tag;
        effect->outcome = LQ_OUTCOME_UNUSED;
        effect->reason = lq_view_text(reason);
    }
    lq_opening_drop_command(core, tenant, index, out);
}

void lq_answering_dead_lettered(struct lq_broker_core *core, uint32_t index,
                                struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_core_session *session = &core->sessions[execution->session];
    uint32_t command_index = execution->commands_first;

    if (command_index == 0) {
        return;
    }
    const struct lq_core_command *command = &core->commands[command_index];
    if (command->peer != 0) {
        struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_ANSWER);
        effect->peer = command->peer;
        effect->tag = command->tag;
        effect->outcome = LQ_OUTCOME_DEAD_LETTERED;
        effect->letter_id = execution->letter_id;
    }
    execution->commands_first = 0;
    execution->command_count = 0;
    lq_opening_drop_command(core, session->tenant, command_index, out);
}

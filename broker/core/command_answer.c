// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/command_answer.h"

#include "broker/core/dead_letter.h"
#include "broker/core/effect_list.h"
#include "broker/core/held_answers.h"
#include "broker/core/mailbox.h"
#include "broker/core/tenant_load.h"

static void count_outcome(struct lq_broker_core *core, uint32_t tenant, uint8_t outcome)
{
    if (outcome == LQ_OUTCOME_APPLIED || outcome == LQ_OUTCOME_REFUSED) {
        core->counters.receipts++;
        lq_tenant_load_receipted(core, tenant);
    }
    core->counters.commands_refused +=
        outcome == LQ_OUTCOME_REFUSED || outcome == LQ_OUTCOME_UNUSED;
    core->counters.duplicates += outcome == LQ_OUTCOME_DUPLICATE;
}

/* What tells of a frame waits until the table has it. */
static void hold_back(struct lq_broker_core *core, const struct lq_core_session *session,
                      const struct lq_core_command *command, const struct lq_core_needs *needs,
                      struct lq_broker_effects *out)
{
    const struct lq_held_command held = {command->client, command->sequence, session->hash};

    (void)lq_held_answers_take_answer(core, session->tenant, &held, needs, out);
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
    struct lq_core_needs needs = lq_held_answers_needs(item);

    count_outcome(core, session->tenant, entry->outcome);
    if (command->letter_id != 0 && entry->outcome == LQ_OUTCOME_UNUSED) {
        lq_effect_list_letter_open(out, command->letter_id);
    } else if (command->letter_id != 0) {
        lq_dead_letter_end_command(core, session, command, frame, out);
        (void)lq_held_answers_take(core, session->tenant, &needs, out);
    }
    if (command->peer != 0) {
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_ANSWER);
        effect->answer.peer = command->peer;
        effect->answer.tag = command->tag;
        effect->answer.outcome = entry->outcome;
        effect->answer.frame = frame;
        effect->answer.reason = entry->reason;
        if (in_frame) {
            memcpy(effect->answer.hash, item->hash, sizeof effect->answer.hash);
        }
        if (entry->outcome != LQ_OUTCOME_UNUSED) {
            hold_back(core, session, command, &needs, out);
        }
    }
    lq_mailbox_drop(core, session->tenant, index, out);
}

void lq_command_answer_outcomes(struct lq_broker_core *core, struct lq_core_execution *execution,
                                const struct lq_result_item *item, struct lq_broker_effects *out)
{
    const struct lq_core_session *session = &core->sessions[execution->tick.session];
    uint32_t place = 0;

    if (item->outcome_count != execution->tick.commands.count) {
        /* A RESOLVE whose record lacks the duplicates: load will know each command again. */
        lq_mailbox_put_back(core, execution->tick.session, &execution->tick.commands);
        return;
    }
    while (execution->tick.commands.count > 0) {
        uint32_t index =
            lq_index_list_take_first(&execution->tick.commands, lq_core_tables_command_links(core));
        answer_command(core, session, index, item, place++, out);
    }
}

void lq_command_answer_refuse(struct lq_broker_core *core, struct lq_core_execution *execution,
                              struct lq_view reason, struct lq_broker_effects *out)
{
    struct lq_outcome_entry entry = {LQ_OUTCOME_UNUSED, 0, reason};
    struct lq_result_item item = {.outcome_count = 1, .outcomes = &entry};

    while (execution->tick.commands.count > 0) {
        uint32_t command =
            lq_index_list_take_first(&execution->tick.commands, lq_core_tables_command_links(core));
        answer_command(core, &core->sessions[execution->tick.session], command, &item, 0, out);
    }
}

void lq_command_answer_unused(struct lq_broker_core *core, uint32_t tenant, uint32_t index,
                              const char *reason, struct lq_broker_effects *out)
{
    const struct lq_core_command *command = &core->commands[index];

    core->counters.commands_refused++;
    if (command->letter_id != 0) {
        lq_effect_list_letter_open(out, command->letter_id);
    }
    if (command->peer != 0) {
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_ANSWER);
        effect->answer.peer = command->peer;
        effect->answer.tag = command->tag;
        effect->answer.outcome = LQ_OUTCOME_UNUSED;
        effect->answer.reason = lq_view_text(reason);
    }
    lq_mailbox_drop(core, tenant, index, out);
}

void lq_command_answer_dead_lettered(struct lq_broker_core *core, uint32_t index,
                                     const struct lq_core_needs *needs,
                                     struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_core_session *session = &core->sessions[execution->tick.session];
    uint32_t command_index =
        lq_index_list_take_first(&execution->tick.commands, lq_core_tables_command_links(core));

    if (command_index == 0) {
        return;
    }
    const struct lq_core_command *command = &core->commands[command_index];
    if (command->peer != 0) {
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_ANSWER);
        effect->answer.peer = command->peer;
        effect->answer.tag = command->tag;
        effect->answer.outcome = LQ_OUTCOME_DEAD_LETTERED;
        effect->answer.letter_id = execution->death.letter_id;
        hold_back(core, session, command, needs, out);
    }
    lq_mailbox_drop(core, session->tenant, command_index, out);
}

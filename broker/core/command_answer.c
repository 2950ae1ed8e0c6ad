// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/command_answer.h"

#include "broker/core/effect_list.h"
#include "broker/core/mailbox.h"

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
        lq_effect_list_letter_open(out, command->letter_id);
        return;
    }
    lq_effect_list_letter_done(out, command->letter_id, frame);
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
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_ANSWER);
        effect->answer.peer = command->peer;
        effect->answer.tag = command->tag;
        effect->answer.outcome = entry->outcome;
        effect->answer.frame = frame;
        effect->answer.reason = entry->reason;
        if (in_frame) {
            memcpy(effect->answer.hash, item->hash, sizeof effect->answer.hash);
        }
    }
    lq_mailbox_drop(core, session->tenant, index, out);
}

void lq_command_answer_outcomes(struct lq_broker_core *core, struct lq_core_execution *execution,
                                const struct lq_result_item *item, struct lq_broker_effects *out)
{
    const struct lq_core_session *session = &core->sessions[execution->session];
    uint32_t place = 0;

    if (item->outcome_count != execution->command_count) {
        /* A RESOLVE whose record lacks the duplicates: load will know each command again. */
        lq_mailbox_put_back(core, execution->session, execution->commands_first,
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

void lq_command_answer_refuse(struct lq_broker_core *core, struct lq_core_execution *execution,
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
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_ANSWER);
        effect->answer.peer = command->peer;
        effect->answer.tag = command->tag;
        effect->answer.outcome = LQ_OUTCOME_DEAD_LETTERED;
        effect->answer.letter_id = execution->letter_id;
    }
    execution->commands_first = 0;
    execution->command_count = 0;
    lq_mailbox_drop(core, session->tenant, command_index, out);
}

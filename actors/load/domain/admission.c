// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/domain/admission.h"

#include <stdio.h>

/* What a record has no form for is kept as its refusal alone. */
static void drop_unrecordable(struct lq_command *command)
{
    if (command->kind > LQ_COMMAND_KIND_LAST || command->custom.bytes > LQ_CUSTOM_BYTES_MAX) {
        command->kind = 0;
        command->custom = lq_view_of(NULL, 0);
    }
}

static void check_fields(struct lq_command *command)
{
    char reason[LQ_REASON_BYTES_MAX];

    if (command->outcome == LQ_OUTCOME_PENDING && lq_command_check(command, reason) != LQ_OK) {
        lq_command_refuse(command, "%s", reason);
        drop_unrecordable(command);
    }
}

/* What the windows do not know any more they do not mark as used, so a repeat in the same tick is
 * searched for. */
static bool is_repeated(const struct lq_tick *tick, uint32_t index)
{
    const struct lq_command *command = &tick->commands[index];

    for (uint32_t at = 0; at < index; at++) {
        const struct lq_command *earlier = &tick->commands[at];
        bool used = earlier->outcome != LQ_OUTCOME_UNUSED;

        if (used && earlier->sequence == command->sequence &&
            lq_client_id_equal(&earlier->client, &command->client)) {
            return true;
        }
    }
    return false;
}

static void mark_duplicate(struct lq_command *command, uint64_t frame)
{
    command->outcome = LQ_OUTCOME_DUPLICATE;
    command->duplicate_of_frame = frame;
    command->reason[0] = '\0';
}

static void judge_command(struct lq_tick *tick, uint32_t index,
                          const struct lq_admission_rules *rules)
{
    struct lq_command *command = &tick->commands[index];
    uint64_t used_frame = 0;
    enum lq_window_verdict verdict = rules->judge(tick, command, &used_frame);

    switch (verdict) {
    case LQ_WINDOW_EXECUTE:
        rules->use(&tick->windows, &command->client, command->sequence, tick->frame);
        check_fields(command);
        return;
    case LQ_WINDOW_DUPLICATE:
        mark_duplicate(command, used_frame);
        return;
    case LQ_WINDOW_TOO_OLD:
    case LQ_WINDOW_SUPERSEDED:
    case LQ_WINDOW_INCARNATION_TOO_OLD:
        if (command->letter_id != 0) {
            if (is_repeated(tick, index)) {
                mark_duplicate(command, tick->frame);
            } else {
                check_fields(command);
            }
            return;
        }
        break;
    case LQ_WINDOW_TOO_FAR:
    case LQ_WINDOW_ZERO:
    case LQ_WINDOW_CLIENTS_FULL:
        break;
    }
    command->outcome = LQ_OUTCOME_UNUSED;
    snprintf(command->reason, sizeof command->reason, "%s", lq_window_verdict_reason(verdict));
}

void lq_admission_judge(struct lq_tick *tick, const struct lq_admission_rules *rules)
{
    LQ_ASSERT(tick->command_count <= LQ_COMMANDS_PER_TICK_MAX);
    for (uint32_t index = 0; index < tick->command_count; index++) {
        struct lq_command *command = &tick->commands[index];

        if (command->outcome == LQ_OUTCOME_PENDING || command->outcome == LQ_OUTCOME_REFUSED) {
            judge_command(tick, index, rules);
        }
    }
}

bool lq_admission_any_left(const struct lq_tick *tick)
{
    for (uint32_t index = 0; index < tick->command_count; index++) {
        uint8_t outcome = tick->commands[index].outcome;

        if (outcome == LQ_OUTCOME_PENDING || outcome == LQ_OUTCOME_REFUSED) {
            return true;
        }
    }
    return false;
}

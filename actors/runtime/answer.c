// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_runtime.h"

#include <stdarg.h>
#include <stdio.h>

void lq_answer_fail(struct lq_answer *answer, const char *error, const char *format, ...)
{
    va_list arguments;

    answer->verdict = LQ_ITEM_FAILED;
    snprintf(answer->failure.error, sizeof answer->failure.error, "%s", error);
    va_start(arguments, format);
    vsnprintf(answer->failure.cause, sizeof answer->failure.cause, format, arguments);
    va_end(arguments);
}

void lq_answer_take_outcomes(struct lq_answer *answer, const struct lq_tick *tick,
                             struct lq_out_buffer *out)
{
    LQ_ASSERT(tick->command_count <= LQ_COMMANDS_PER_TICK_MAX);
    answer->outcome_count = tick->command_count;
    for (uint32_t index = 0; index < tick->command_count; index++) {
        const struct lq_command *command = &tick->commands[index];
        struct lq_outcome_entry *entry = &answer->outcomes[index];
        bool says_why =
            command->outcome == LQ_OUTCOME_REFUSED || command->outcome == LQ_OUTCOME_UNUSED;

        *entry = (struct lq_outcome_entry){.outcome = command->outcome};
        if (command->outcome == LQ_OUTCOME_DUPLICATE) {
            entry->frame = command->duplicate_of_frame;
        }
        if (says_why) {
            entry->reason = lq_out_buffer_text(out, command->reason);
        }
    }
}

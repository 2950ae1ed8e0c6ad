// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-stage-score: a user's own stage. It counts a session's Custom commands into the world's
 * tenant_bytes: 8 bytes, little endian.
 *
 * Some commands are marked, to try what the cluster does in trouble:
 *   fail    the stage fails and names the command: retries, then a dead letter
 *   crash   the process aborts: its next incarnation reports the suspect
 *   hang    the item runs over its time: the runtime ends the process
 * Anything longer than 64 bytes is refused. */
#include <ledgerquest/little_endian.h>
#include <ledgerquest/tick_stage.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCORE_NAME "score"
#define SCORE_VERSION 1u
#define SCORE_BYTES 8u
#define TEXT_BYTES_MAX 64u

static bool says(const struct lq_command *command, const char *word)
{
    return lq_view_equal(command->custom, lq_view_text(word));
}

static uint64_t read_score(const struct lq_world *world)
{
    return world->tenant_bytes_count == SCORE_BYTES ? lq_get_u64(world->tenant_bytes) : 0;
}

static void write_score(struct lq_world *world, uint64_t score)
{
    lq_put_u64(world->tenant_bytes, score);
    world->tenant_bytes_count = SCORE_BYTES;
}

static void try_trouble(const struct lq_command *command)
{
    if (says(command, "crash")) {
        abort();
    }
    while (says(command, "hang")) {
        pause();
    }
}

static enum lq_result score_step(struct lq_tick *tick, struct lq_stage_failure *failure)
{
    uint64_t score = read_score(&tick->world);
    uint64_t counted = 0;

    for (uint32_t index = 0; index < tick->command_count; index++) {
        struct lq_command *command = &tick->commands[index];

        if (command->kind != LQ_COMMAND_CUSTOM || command->outcome != LQ_OUTCOME_PENDING) {
            continue;
        }
        try_trouble(command);
        if (says(command, "fail")) {
            snprintf(failure->error, sizeof failure->error, "Score.Marked");
            snprintf(failure->cause, sizeof failure->cause, "the command asks for a failure");
            failure->command_at_fault = index + 1;
            return LQ_ERR_INVALID;
        }
        if (command->custom.bytes > TEXT_BYTES_MAX) {
            lq_command_refuse(command, "custom: longer than %u bytes", TEXT_BYTES_MAX);
            continue;
        }
        command->outcome = LQ_OUTCOME_APPLIED;
        counted++;
    }
    if (counted > 0) {
        write_score(&tick->world, score + counted);
    }
    return LQ_OK;
}

int main(int argc, char **argv)
{
    return lq_actor_run_tick_stage(argc, argv, SCORE_NAME, SCORE_VERSION, score_step);
}

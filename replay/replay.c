// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "replay/replay.h"

#include <string.h>

/* The functions are declared here once more, of the type that all have: only the stage's own
 * program and its tests include its header. */
#define LQ_STAGE(name, version, step, needs) void step(struct lq_tick *tick);
#include "actors/stages.def"
#undef LQ_STAGE

static const struct lq_replay_stage frozen_stages[] = {
#define LQ_STAGE(name, version, step, needs) {#name, version, step},
#include "actors/stages.def"
#undef LQ_STAGE
};

const struct lq_replay_stage *lq_replay_stages(size_t *count)
{
    *count = sizeof frozen_stages / sizeof frozen_stages[0];
    return frozen_stages;
}

static const struct lq_replay_stage *find_stage(const struct lq_stage_version *stage)
{
    for (size_t index = 0; index < sizeof frozen_stages / sizeof frozen_stages[0]; index++) {
        const struct lq_replay_stage *frozen = &frozen_stages[index];

        if (frozen->version == stage->version && strcmp(frozen->name, stage->name) == 0) {
            return frozen;
        }
    }
    return NULL;
}

/* The commands as load got them. A body that nobody could read is not in the record; its refusal
 * is. */
static void take_commands(struct lq_tick *tick, const struct lq_tick *recorded)
{
    LQ_ASSERT(recorded->command_count <= LQ_COMMANDS_PER_TICK_MAX);
    for (uint32_t index = 0; index < recorded->command_count; index++) {
        struct lq_command *command = &tick->commands[index];

        *command = recorded->commands[index];
        if (command->kind != 0) {
            command->outcome = LQ_OUTCOME_PENDING;
            command->reason[0] = '\0';
        }
    }
    tick->command_count = recorded->command_count;
}

static void take_inputs(struct lq_tick *tick, const struct lq_tick *recorded)
{
    tick->steps = recorded->steps;
    tick->missed_count = recorded->missed_count;
    tick->wall_time_ns = recorded->wall_time_ns;
    memcpy(tick->pipeline_hash, recorded->pipeline_hash, sizeof tick->pipeline_hash);
    tick->config = recorded->config;
    take_commands(tick, recorded);
}

enum lq_replay_verdict lq_replay_frame(struct lq_tick *tick, const struct lq_tick *recorded,
                                       const struct lq_stage_version **missing)
{
    LQ_ASSERT(recorded->stage_count <= LQ_STAGES_MAX);
    for (uint32_t index = 0; index < recorded->stage_count; index++) {
        const struct lq_stage_version *stage = &recorded->stages[index];

        if (find_stage(stage) == NULL) {
            *missing = stage;
            return LQ_REPLAY_AS_RECORDED;
        }
    }
    lq_tick_advance(tick);
    take_inputs(tick, recorded);
    for (uint32_t index = 0; index < recorded->stage_count; index++) {
        const struct lq_stage_version *stage = &recorded->stages[index];

        find_stage(stage)->step(tick);
        enum lq_result added = lq_tick_add_stage(tick, stage->name, stage->version);
        LQ_ASSERT(added == LQ_OK);
    }
    return LQ_REPLAY_RECOMPUTED;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/tick.h"

#include <stdio.h>
#include <string.h>

void lq_tick_clear(struct lq_tick *tick)
{
    tick->tenant[0] = '\0';
    tick->session[0] = '\0';
    tick->frame = 0;
    tick->steps = 0;
    tick->step_count = 0;
    tick->missed_count = 0;
    tick->wall_time_ns = 0;
    memset(tick->pipeline_hash, 0, sizeof tick->pipeline_hash);
    tick->config = (struct lq_session_config){.rate_denominator = 1, .steps_per_command = 1};
    tick->stage_count = 0;
    tick->command_count = 0;
    tick->event_count = 0;
    tick->windows.count = 0;
    lq_world_clear(&tick->world);
}

double lq_tick_step_seconds(const struct lq_tick *tick)
{
    if (tick->config.rate_numerator == 0) {
        return 1.0 / 60.0;
    }
    return (double)tick->config.rate_denominator / (double)tick->config.rate_numerator;
}

void lq_tick_emit(struct lq_tick *tick, const char *type, uint32_t body_id,
                  const struct lq_client_id *client)
{
    struct lq_tick_event event = {.body_id = body_id};

    snprintf(event.type, sizeof event.type, "%s", type);
    if (client != NULL) {
        event.client = *client;
    }
    lq_tick_emit_event(tick, &event);
}

void lq_tick_emit_event(struct lq_tick *tick, const struct lq_tick_event *event)
{
    LQ_ASSERT(tick->event_count <= LQ_EVENTS_PER_TICK_MAX);
    if (tick->event_count == LQ_EVENTS_PER_TICK_MAX) {
        struct lq_tick_event *last = &tick->events[LQ_EVENTS_PER_TICK_MAX - 1];
        snprintf(last->type, sizeof last->type, "EventsDropped");
        last->is_passing = false;
        return;
    }
    tick->events[tick->event_count++] = *event;
}

enum lq_result lq_tick_add_stage(struct lq_tick *tick, const char *name, uint32_t version)
{
    struct lq_stage_version *stage;
    size_t bytes = strlen(name);

    LQ_ASSERT(bytes <= LQ_STAGE_NAME_BYTES_MAX);
    if (tick->stage_count >= LQ_STAGES_MAX) {
        return LQ_ERR_LIMIT;
    }
    stage = &tick->stages[tick->stage_count++];
    memcpy(stage->name, name, bytes + 1);
    stage->version = version;
    return LQ_OK;
}

void lq_tick_conclude(struct lq_tick *tick)
{
    for (uint32_t index = 0; index < tick->command_count; index++) {
        struct lq_command *command = &tick->commands[index];

        if (command->outcome == LQ_OUTCOME_PENDING) {
            lq_command_refuse(command, "no stage takes %s", lq_command_kind_name(command->kind));
        }
    }
}

void lq_tick_advance(struct lq_tick *tick)
{
    tick->frame++;
    tick->step_count += tick->steps;
    tick->steps = 0;
    tick->wall_time_ns = 0;
    tick->stage_count = 0;
    tick->command_count = 0;
    tick->event_count = 0;
}

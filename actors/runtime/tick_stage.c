// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A stage over ticks as a stage over batches: decode, step, encode, one item after the other. */
#include "actors/runtime/actor_runtime.h"
#include "base/alloc.h"
#include "base/error_name.h"
#include "proto/tick_codec.h"

#include <stdlib.h>

#define ARENA_BYTES (8u * LQ_TICK_BYTES_MAX)

/* Who sent a command, by which it is known everywhere. */
struct lq_command_id {
    struct lq_client_id client;
    uint64_t sequence, letter_id;
};

struct tick_stage {
    const char *name;
    uint32_t version;
    lq_tick_stage_fn step;
    struct lq_tick tick; /* scratch; nothing of a tick survives its item */
    struct lq_command_id given[LQ_COMMANDS_PER_TICK_MAX]; /* its commands, before the step */
    struct lq_arena arena;
};

static bool read_tick(struct tick_stage *stage, const struct lq_stage_item *item,
                      struct lq_answer *answer)
{
    const char *where = "";

    if (item->kind != LQ_EXECUTION_TICK) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_KIND, "this stage works on ticks, not on kind %d",
                       (int)item->kind);
        return false;
    }
    lq_arena_reset(&stage->arena);
    if (lq_tick_decode(item->payload, &stage->arena, &stage->tick, &where) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MALFORMED, "the tick's field %s", where);
        return false;
    }
    if (!lq_view_equal(lq_view_text(stage->tick.tenant), item->names.tenant) ||
        !lq_view_equal(lq_view_text(stage->tick.session), item->names.session)) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MISMATCH,
                       "the tick is of %s/%s, not of the session asked", stage->tick.tenant,
                       stage->tick.session);
        return false;
    }
    return true;
}

static void note_commands(struct tick_stage *stage)
{
    for (uint32_t index = 0; index < stage->tick.command_count; index++) {
        const struct lq_command *command = &stage->tick.commands[index];

        stage->given[index] =
            (struct lq_command_id){command->client, command->sequence, command->letter_id};
    }
}

static bool commands_stand(const struct tick_stage *stage)
{
    for (uint32_t index = 0; index < stage->tick.command_count; index++) {
        const struct lq_command *command = &stage->tick.commands[index];
        const struct lq_command_id *given = &stage->given[index];

        if (!lq_client_id_equal(&command->client, &given->client) ||
            command->sequence != given->sequence || command->letter_id != given->letter_id) {
            return false;
        }
    }
    return true;
}

/* The step. What a tick is and whose commands it has is not for a stage to say: a frame changed is
 * a conflict for ever, a command taken out is one that its client hears to be a duplicate. */
static bool run_step(struct tick_stage *stage, struct lq_answer *answer)
{
    struct lq_tick *tick = &stage->tick;
    uint64_t frame = tick->frame;
    uint32_t steps = tick->steps;
    uint32_t command_count = tick->command_count;

    note_commands(stage);
    if (stage->step(tick, &answer->failure) != LQ_OK) {
        answer->verdict = LQ_ITEM_FAILED;
        if (answer->failure.command_at_fault > command_count) {
            answer->failure.command_at_fault = 0; /* no command has that index: not known */
        }
        return false;
    }
    if (tick->frame != frame || tick->steps != steps) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MISMATCH, "the stage changed the tick's %s",
                       tick->frame != frame ? "frame" : "steps");
        return false;
    }
    if (tick->command_count != command_count || !commands_stand(stage)) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MISMATCH,
                       "the stage changed which commands the tick has");
        return false;
    }
    return true;
}

static void work_item(void *state, const struct lq_stage_item *item, struct lq_answer *answer,
                      struct lq_out_buffer *out)
{
    struct tick_stage *stage = state;
    uint8_t *to = lq_out_buffer_reserve(out, LQ_TICK_BYTES_MAX);
    size_t bytes = 0;

    if (to == NULL) {
        return; /* the answer is full: RETURNED, to come again in another batch */
    }
    if (!read_tick(stage, item, answer)) {
        return;
    }
    if (lq_tick_add_stage(&stage->tick, stage->name, stage->version) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_CONTENT_TOO_MANY_STAGES, "a tick names at most %d stages",
                       LQ_STAGES_MAX);
        return;
    }
    if (!run_step(stage, answer)) {
        return;
    }
    if (lq_tick_encode(&stage->tick, to, LQ_TICK_BYTES_MAX, &bytes) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_CONTENT_TOO_LARGE, "the tick is longer than %d bytes",
                       LQ_TICK_BYTES_MAX);
        return;
    }
    lq_out_buffer_keep(out, answer, bytes);
    answer->verdict = LQ_ITEM_DONE;
    answer->frame = stage->tick.frame;
}

int lq_actor_run_tick_stage(int argc, char **argv, const char *name, uint32_t version,
                            lq_tick_stage_fn step)
{
    struct tick_stage *state = lq_alloc(1, sizeof *state);
    struct lq_batch_stage stage = {
        .name = name, .version = version, .state = state, .item = work_item};

    state->name = name;
    state->version = version;
    state->step = step;
    state->arena = (struct lq_arena){lq_alloc(ARENA_BYTES, 1), ARENA_BYTES, 0};
    int exit_code = lq_actor_run_batch_stage(argc, argv, &stage);
    free(state->arena.memory);
    free(state);
    return exit_code;
}

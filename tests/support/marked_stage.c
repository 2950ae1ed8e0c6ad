// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-stage-marked: a stage for tests that does on marked commands what a bad version might do.
 *
 * LQ_MARKED_STAGE and LQ_MARKED_VERSION say what it serves (marked, 1); as physics it does the work
 * of physics version 2 besides. With LQ_MARKED_GOOD set it is the mended version: marks mean
 * nothing to it. A mark is the text of a Custom command, or of a SetThrust its vy:
 *
 *   fail          4001  fails and names the command
 *   fail-unnamed  4002  fails and names none
 *   crash         4003  the process aborts
 *   hang          4004  does not come back
 *   garbage       4005  answers bytes that are no tick
 *   slow          4006  comes back after some hundred milliseconds
 *   stop          4007  the process stops itself, as SIGSTOP does
 *   frame         4008  answers the tick of another frame
 *
 * Other Custom commands are applied and counted in the world's tenant bytes (8, little endian). */
#include "actors/physics/domain/physics_v2.h"
#include "actors/runtime/actor_runtime.h"
#include "base/alloc.h"
#include "base/error_name.h"
#include "base/little_endian.h"
#include "proto/tick_codec.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BYTES (8u * LQ_TICK_BYTES_MAX)
#define FIRST_MARKED_THRUST 4001
#define SLOW_MS 200
#define COUNT_BYTES 8u

enum mark {
    MARK_NONE,
    MARK_FAIL,
    MARK_FAIL_UNNAMED,
    MARK_CRASH,
    MARK_HANG,
    MARK_GARBAGE,
    MARK_SLOW,
    MARK_STOP,
    MARK_FRAME,
    MARK_LAST = MARK_FRAME
};

static const char *const mark_words[] = {"",        "fail", "fail-unnamed", "crash", "hang",
                                         "garbage", "slow", "stop",         "frame"};

struct marked_stage {
    const char *name;
    uint32_t version;
    bool good;
    bool moves; /* it stands in for physics */
    struct lq_tick tick;
    struct lq_arena arena;
};

static enum mark read_mark(const struct lq_command *command)
{
    for (enum mark mark = MARK_FAIL; mark <= MARK_LAST; mark++) {
        bool custom = command->kind == LQ_COMMAND_CUSTOM &&
                      lq_view_equal(command->custom, lq_view_text(mark_words[mark]));
        bool thrust = command->kind == LQ_COMMAND_SET_THRUST &&
                      command->vy == (float)(FIRST_MARKED_THRUST + (int)mark - (int)MARK_FAIL);
        if (custom || thrust) {
            return mark;
        }
    }
    return MARK_NONE;
}

static void fail(struct lq_answer *answer, const char *error, uint32_t command_at_fault)
{
    lq_answer_fail(answer, error, "a command is marked %s",
                   command_at_fault != 0 ? "fail" : "fail-unnamed");
    answer->failure.command_at_fault = command_at_fault;
}

/* False: there is no tick to answer with any more. */
static bool obey(enum mark mark, uint32_t index, struct lq_answer *answer)
{
    switch (mark) {
    case MARK_FAIL:
        fail(answer, "Marked.Fail", index + 1);
        return false;
    case MARK_FAIL_UNNAMED:
        fail(answer, "Marked.FailUnnamed", 0);
        return false;
    case MARK_CRASH:
        abort();
    case MARK_HANG:
        for (;;) {
            pause();
        }
    case MARK_GARBAGE:
        return false;
    case MARK_SLOW:
        (void)poll(NULL, 0, SLOW_MS);
        return true;
    case MARK_STOP:
        (void)raise(SIGSTOP);
        return true;
    case MARK_FRAME: /* after the step */
    case MARK_NONE:
    default:
        return true;
    }
}

static void count_custom(struct lq_tick *tick)
{
    struct lq_world *world = &tick->world;
    uint64_t count = world->tenant_bytes_count == COUNT_BYTES ? lq_get_u64(world->tenant_bytes) : 0;
    uint64_t before = count;

    for (uint32_t index = 0; index < tick->command_count; index++) {
        struct lq_command *command = &tick->commands[index];
        if (command->kind == LQ_COMMAND_CUSTOM && command->outcome == LQ_OUTCOME_PENDING) {
            command->outcome = LQ_OUTCOME_APPLIED;
            count++;
        }
    }
    if (count != before) {
        lq_put_u64(world->tenant_bytes, count);
        world->tenant_bytes_count = COUNT_BYTES;
    }
}

/* The first mark among the commands that are still to be done. */
static enum mark find_mark(const struct marked_stage *stage, uint32_t *at)
{
    for (uint32_t index = 0; index < stage->tick.command_count && !stage->good; index++) {
        const struct lq_command *command = &stage->tick.commands[index];
        bool undone = command->outcome == LQ_OUTCOME_PENDING ||
                      (command->kind == LQ_COMMAND_SET_THRUST &&
                       command->outcome == LQ_OUTCOME_APPLIED); /* physics was before us */
        if (undone && read_mark(command) != MARK_NONE) {
            *at = index;
            return read_mark(command);
        }
    }
    return MARK_NONE;
}

static void answer_bytes(struct lq_answer *answer, struct lq_out_buffer *out, size_t bytes)
{
    lq_out_buffer_keep(out, answer, bytes);
    answer->verdict = LQ_ITEM_DONE;
}

static void work_item(void *state, const struct lq_stage_item *item, struct lq_answer *answer,
                      struct lq_out_buffer *out)
{
    struct marked_stage *stage = state;
    uint8_t *to = lq_out_buffer_reserve(out, LQ_TICK_BYTES_MAX);
    const char *where = "";
    uint32_t at = 0;
    size_t bytes = 0;

    if (to == NULL) {
        return;
    }
    lq_arena_reset(&stage->arena);
    if (lq_tick_decode(item->payload, &stage->arena, &stage->tick, &where) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MALFORMED, "the tick's field %s", where);
        return;
    }
    enum mark mark = find_mark(stage, &at);
    if (!obey(mark, at, answer)) {
        if (mark == MARK_GARBAGE) {
            memset(to, 0xff, 64);
            answer_bytes(answer, out, 64);
        }
        return;
    }
    if (stage->moves) {
        lq_physics_v2_step(&stage->tick);
    } else {
        count_custom(&stage->tick);
    }
    stage->tick.frame += mark == MARK_FRAME ? 5 : 0;
    if (lq_tick_add_stage(&stage->tick, stage->name, stage->version) != LQ_OK ||
        lq_tick_encode(&stage->tick, to, LQ_TICK_BYTES_MAX, &bytes) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_CONTENT_TOO_LARGE, "the tick does not fit");
        return;
    }
    answer->frame = stage->tick.frame;
    answer_bytes(answer, out, bytes);
}

int main(int argc, char **argv)
{
    const char *name = getenv("LQ_MARKED_STAGE");
    const char *version = getenv("LQ_MARKED_VERSION");
    struct marked_stage *state = lq_alloc(1, sizeof *state);

    state->name = name != NULL ? name : "marked";
    state->version = version != NULL ? (uint32_t)strtoul(version, NULL, 10) : 1;
    state->good = getenv("LQ_MARKED_GOOD") != NULL;
    state->moves = strcmp(state->name, "physics") == 0;
    state->arena = (struct lq_arena){lq_alloc(ARENA_BYTES, 1), ARENA_BYTES, 0};
    struct lq_batch_stage stage = {
        .name = state->name, .version = state->version, .state = state, .item = work_item};
    int exit_code = lq_actor_run_batch_stage(argc, argv, &stage);
    free(state->arena.memory);
    free(state);
    return exit_code;
}

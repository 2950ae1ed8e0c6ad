// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/letter_input.h"

#include "base/alloc.h"
#include "cli/command_fields.h"
#include "cli/json_output.h"
#include "proto/actor_codec.h"
#include "proto/tick_codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES = 4 * 1024 * 1024 };

enum form { FORM_NONE, FORM_TICK, FORM_TICK_REQUEST, FORM_UNREADABLE };

struct input {
    enum form form;
    const char *where; /* UNREADABLE */
    struct lq_arena arena;
    struct lq_tick tick;
    struct lq_tick_request request;
};

/* Which form it has is not written on it: what every stage but the first gets is a tick. */
static struct input *decode(const struct lq_letter *letter)
{
    struct input *input = lq_alloc(1, sizeof *input);
    const char *where = NULL;

    input->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    if (letter->payload.bytes == 0) {
        input->form = FORM_NONE;
    } else if (letter->kind != LQ_EXECUTION_TICK) {
        input->form = FORM_UNREADABLE;
        input->where = "not of a tick";
    } else if (lq_tick_decode(letter->payload, &input->arena, &input->tick, &input->where) ==
               LQ_OK) {
        input->form = FORM_TICK;
    } else {
        lq_arena_reset(&input->arena);
        input->form =
            lq_tick_request_decode(letter->payload, &input->arena, &input->request, &where) == LQ_OK
                ? FORM_TICK_REQUEST
                : FORM_UNREADABLE;
    }
    return input;
}

static void release(struct input *input)
{
    free(input->arena.memory);
    free(input);
}

static json_t *tick_json(const struct lq_tick *tick)
{
    json_t *stages = json_array();

    for (uint32_t index = 0; index < tick->stage_count; index++) {
        json_array_append_new(stages,
                              json_pack("{s:s,s:I}", "name", tick->stages[index].name, "version",
                                        (json_int_t)tick->stages[index].version));
    }
    return json_pack("{s:s,s:I,s:I,s:I,s:o,s:o,s:o}", "form", "tick", "frame",
                     (json_int_t)tick->frame, "steps", (json_int_t)tick->steps, "step_count",
                     (json_int_t)tick->step_count, "config", lq_json_output_config(&tick->config),
                     "stages", stages, "world", lq_json_output_world(&tick->world));
}

json_t *lq_letter_input_json(const struct lq_letter *letter)
{
    struct input *input = decode(letter);
    json_t *document = NULL;

    switch (input->form) {
    case FORM_NONE:
        document = json_null();
        break;
    case FORM_TICK:
        document = tick_json(&input->tick);
        break;
    case FORM_TICK_REQUEST:
        document = json_pack("{s:s,s:I,s:I}", "form", "tick_request", "steps",
                             (json_int_t)input->request.steps, "missed",
                             (json_int_t)input->request.missed);
        break;
    case FORM_UNREADABLE:
        document = json_pack("{s:s,s:s}", "form", "unreadable", "where", input->where);
        break;
    }
    release(input);
    return document;
}

static void print_world(const struct lq_world *world)
{
    for (uint32_t body = 0; body < world->body_count; body++) {
        uint32_t agent = lq_world_find_agent(world, world->body_id[body]);
        printf("  body %u  kind %u  at %.3f %.3f  speed %.3f %.3f  radius %.3f",
               world->body_id[body], world->body_kind[body], world->x[body], world->y[body],
               (double)world->vx[body], (double)world->vy[body], (double)world->radius[body]);
        if (agent != LQ_BODY_NONE) {
            printf("  agent %s", lq_command_fields_behavior_name(world->agent_behavior[agent]));
            if (world->agent_target[agent] != 0) {
                printf(" of %u", world->agent_target[agent]);
            }
        }
        putchar('\n');
    }
}

static void print_tick(const struct lq_tick *tick)
{
    printf("input      to make frame %" PRIu64 ", %u steps, after", tick->frame, tick->steps);
    for (uint32_t index = 0; index < tick->stage_count; index++) {
        printf("%s %s version %u", index > 0 ? "," : "", tick->stages[index].name,
               tick->stages[index].version);
    }
    printf("\nworld      %g x %g m, %u bodies, %u agents, %u players, %u bytes of the tenant\n",
           tick->config.width, tick->config.height, tick->world.body_count, tick->world.agent_count,
           tick->world.player_count, tick->world.tenant_bytes_count);
    print_world(&tick->world);
}

void lq_letter_input_print(const struct lq_letter *letter)
{
    struct input *input = decode(letter);

    switch (input->form) {
    case FORM_NONE:
        printf("input      %s\n", letter->payload_bytes > 0         ? "too long to be shown"
                                  : letter->state == LQ_LETTER_DONE ? "not kept: the letter is done"
                                                                    : "none");
        break;
    case FORM_TICK:
        print_tick(&input->tick);
        break;
    case FORM_TICK_REQUEST:
        printf("input      a tick without its world: load is to fetch it\n");
        break;
    case FORM_UNREADABLE:
        printf("input      cannot be read: %s\n", input->where);
        break;
    }
    release(input);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lqctl session state: the world after a frame, and what happened in it. */
#include "base/error_message.h"
#include "cli/broker_call.h"
#include "cli/command_fields.h"
#include "cli/commands.h"
#include "cli/frame_text.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/text_table.h"
#include "proto/tick_codec.h"

#include <inttypes.h>

static struct lq_world world; /* too large for the stack */

static void print_json(const struct lq_session_path *path, const struct lq_frame_entry *frame)
{
    json_t *document = lq_frame_text_json(path, frame);

    json_object_set_new(document, "world", lq_json_output_world(&world));
    lq_json_output_print("session.state", document);
}

static const char *what_is(uint32_t body)
{
    uint32_t id = world.body_id[body];
    uint32_t agent = lq_world_find_agent(&world, id);

    for (uint32_t player = 0; player < world.player_count; player++) {
        if (world.player_body[player] == id) {
            return "player";
        }
    }
    return agent == LQ_BODY_NONE ? "-"
                                 : lq_command_fields_behavior_name(world.agent_behavior[agent]);
}

static void print_bodies(void)
{
    static const char *const heading[] = {">BODY", ">KIND", ">X",      ">Y",
                                          ">VX",   ">VY",   ">RADIUS", "IS"};
    struct lq_text_table table = {.column_count = sizeof heading / sizeof heading[0]};

    for (uint32_t column = 0; column < table.column_count; column++) {
        lq_text_table_add(&table, "%s", heading[column]);
    }
    for (uint32_t body = 0; body < world.body_count; body++) {
        lq_text_table_add(&table, "%u", world.body_id[body]);
        lq_text_table_add(&table, "%u", world.body_kind[body]);
        lq_text_table_add(&table, "%.3f", world.x[body]);
        lq_text_table_add(&table, "%.3f", world.y[body]);
        lq_text_table_add(&table, "%.3f", (double)world.vx[body]);
        lq_text_table_add(&table, "%.3f", (double)world.vy[body]);
        lq_text_table_add(&table, "%g", (double)world.radius[body]);
        lq_text_table_add(&table, "%s", what_is(body));
    }
    lq_text_table_print(&table, stdout);
}

static void print_text(const struct lq_session_path *path, const struct lq_frame_entry *frame)
{
    static const struct lq_frame_labels labels = {"command    ", "event      ", "events     "};
    char hash[LQ_TEXT_HASH_BYTES];

    printf("session    %s/%s\n", path->tenant, path->session);
    printf("frame      %" PRIu64 "\n", frame->frame);
    printf("hash       %s\n", lq_text_output_hash(frame->hash, 64, hash));
    printf("steps      %u, %" PRIu64 " so far\n", frame->steps, frame->step_count);
    lq_frame_text_print(frame, &labels);
    printf("bodies     %u, agents %u, players %u\n", world.body_count, world.agent_count,
           world.player_count);
    print_bodies();
}

static enum lq_exit_code show_state(struct lq_broker_call *call, const struct lq_session_path *path,
                                    const struct lq_read_range *range)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_READ,
                                       .tenant = lq_view_text(path->tenant),
                                       .session = lq_view_text(path->session),
                                       .has_read = true,
                                       .read = *range};
    struct lq_admin_reply reply;
    const char *where = "";
    enum lq_exit_code code =
        lq_broker_call_ask(call, &request, call->invocation->arguments[0], &reply);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (reply.frame_count == 0 ||
        lq_world_decode(lq_view_of(reply.body.data, reply.frames[0].world_bytes), &call->arena,
                        &world, &where) != LQ_OK) {
        lq_text_output_error("%s: the answer has no world that can be read: %s",
                             call->invocation->arguments[0], where);
        return LQ_EXIT_FAILED;
    }
    if (call->invocation->json) {
        print_json(path, &reply.frames[0]);
    } else {
        print_text(path, &reply.frames[0]);
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_session_state_run(const struct lq_invocation *invocation)
{
    struct lq_read_range range = {.head = lq_invocation_value(invocation, "frame") == NULL,
                                  .count = 1};
    struct lq_broker_call call;
    struct lq_session_path path;
    struct lq_error_message message;

    if (!lq_invocation_session_argument(invocation, &path, &message) ||
        !lq_invocation_number(invocation, "frame", (struct lq_number_range){0, UINT64_MAX, 0},
                              &range.from, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = show_state(&call, &path, &range);
    }
    lq_broker_call_close(&call);
    return code;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lqctl session diff: what became of a world between two frames, by body, agent, player and field.
 */
#include "base/error_message.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/difference_text.h"
#include "cli/frame_read.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/text_table.h"
#include "proto/tick_codec.h"

#include <inttypes.h>

static struct lq_world worlds[2]; /* too large for the stack */

struct side {
    uint64_t frame, step_count;
    uint8_t hash[32];
};

struct diff {
    struct lq_broker_call call;
    struct lq_session_path path;
    struct lq_frame_range range;
    struct side sides[2];
    unsigned reading; /* which of them */
    json_t *differences;
    struct lq_text_table table;
    uint32_t count;
};

static enum lq_exit_code take_side(void *context, const struct lq_frame_entry *frame,
                                   struct lq_view world)
{
    struct diff *diff = context;
    struct side *side = &diff->sides[diff->reading];
    const char *where = "";

    side->frame = frame->frame;
    side->step_count = frame->step_count;
    memcpy(side->hash, frame->hash, sizeof side->hash);
    /* Behind the answer, in the same arena. */
    if (lq_world_decode(world, &diff->call.arena, &worlds[diff->reading], &where) != LQ_OK) {
        lq_text_output_error("frame %" PRIu64 ": its world cannot be read: %s", frame->frame,
                             where);
        return LQ_EXIT_FAILED;
    }
    return LQ_EXIT_OK;
}

static bool add_row(void *context, const struct lq_world_change *difference)
{
    struct diff *diff = context;
    bool changed = difference->kind == LQ_DIFFERENCE_CHANGED;
    char what[LQ_DIFFERENCE_TEXT_BYTES];
    char before[LQ_DIFFERENCE_TEXT_BYTES];
    char after[LQ_DIFFERENCE_TEXT_BYTES];

    diff->count++;
    if (diff->call.invocation->json) {
        json_array_append_new(diff->differences, lq_difference_text_json(difference));
        return true;
    }
    lq_text_table_add(&diff->table, "%s", lq_difference_text_what(difference, what));
    lq_text_table_add(&diff->table, "%s",
                      changed ? difference->field : lq_difference_text_kind(difference));
    lq_text_table_add(&diff->table, "%s",
                      changed ? lq_difference_text_value(&difference->before, before) : "");
    lq_text_table_add(&diff->table, "%s",
                      changed ? lq_difference_text_value(&difference->after, after) : "");
    return true;
}

static void print_text(struct diff *diff)
{
    const struct side *sides = diff->sides;
    char first[LQ_TEXT_HASH_BYTES];
    char last[LQ_TEXT_HASH_BYTES];

    printf("session    %s/%s\n", diff->path.tenant, diff->path.session);
    printf("frames     %" PRIu64 " and %" PRIu64 "\n", sides[0].frame, sides[1].frame);
    printf("hashes     %s\n           %s\n", lq_text_output_hash(sides[0].hash, 64, first),
           lq_text_output_hash(sides[1].hash, 64, last));
    printf("steps      %" PRIu64 " between them\n", sides[1].step_count - sides[0].step_count);
    printf("differing  %u\n", diff->count);
    if (diff->count > 0) {
        lq_text_table_print(&diff->table, stdout);
    }
}

static void print_json(struct diff *diff)
{
    const struct side *sides = diff->sides;

    lq_json_output_print(
        "session.diff",
        json_pack("{s:s,s:s,s:I,s:I,s:o,s:o,s:I,s:I,s:O}", "tenant", diff->path.tenant, "session",
                  diff->path.session, "from", (json_int_t)sides[0].frame, "to",
                  (json_int_t)sides[1].frame, "from_hash",
                  lq_json_output_hex(sides[0].hash, sizeof sides[0].hash), "to_hash",
                  lq_json_output_hex(sides[1].hash, sizeof sides[1].hash), "steps",
                  (json_int_t)(sides[1].step_count - sides[0].step_count), "count",
                  (json_int_t)diff->count, "differences", diff->differences));
}

static enum lq_exit_code show_diff(struct diff *diff)
{
    static const char *const heading[] = {"OF", "FIELD", "BEFORE", "AFTER"};
    struct lq_frame_bounds bounds;
    enum lq_exit_code code = lq_frame_read_bounds(&diff->call, &diff->path, &bounds);

    if (code == LQ_EXIT_OK) {
        code = lq_frame_read_check(&diff->path, &bounds, diff->range.from, diff->range.to);
    }
    for (diff->reading = 0; code == LQ_EXIT_OK && diff->reading < 2; diff->reading++) {
        uint64_t frame = diff->reading == 0 ? diff->range.from : diff->range.to;
        const struct lq_frame_span span = {.from = frame, .to = frame};
        code = lq_frame_read_each(&diff->call, &diff->path, &span, take_side, diff);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    diff->table.column_count = sizeof heading / sizeof heading[0];
    for (uint32_t column = 0; column < diff->table.column_count; column++) {
        lq_text_table_add(&diff->table, "%s", heading[column]);
    }
    lq_world_changes_each(&worlds[0], &worlds[1], add_row, diff);
    if (diff->call.invocation->json) {
        print_json(diff);
    } else {
        print_text(diff);
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_session_diff_run(const struct lq_invocation *invocation)
{
    struct diff diff = {.count = 0};
    struct lq_error_message message;

    if (!lq_invocation_session_argument(invocation, &diff.path, &message) ||
        !lq_invocation_frames(invocation, &diff.range, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    diff.differences = json_array();
    enum lq_exit_code code = lq_broker_call_open(invocation, &diff.call);
    if (code == LQ_EXIT_OK) {
        code = show_diff(&diff);
    }
    lq_text_table_clear(&diff.table);
    json_decref(diff.differences);
    lq_broker_call_close(&diff.call);
    return code;
}

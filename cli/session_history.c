// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lqctl session history: what happened in each frame of a range, a frame as soon as it is read. */
#include "base/error_message.h"
#include "base/standard_output.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/frame_read.h"
#include "cli/frame_text.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/text_output.h"

#include <inttypes.h>

struct history {
    struct lq_broker_call call;
    struct lq_session_path path;
    uint64_t from, to;
    uint64_t told;
};

static void print_frame(const struct lq_frame_entry *frame)
{
    static const struct lq_frame_labels labels = {"  command  ", "  event    ", "  events   "};
    char hash[LQ_TEXT_HASH_BYTES];
    char time[32];

    printf("frame %" PRIu64 "  %s  hash %s  steps %u, %" PRIu64 " so far  record %u bytes\n",
           frame->frame,
           frame->wall_time_ns == 0 ? "-" : lq_text_output_time(frame->wall_time_ns, time),
           lq_text_output_hash(frame->hash, 16, hash), frame->steps, frame->step_count,
           frame->record_bytes);
    lq_frame_text_print(frame, &labels);
}

static enum lq_exit_code show_frame(void *context, const struct lq_frame_entry *frame,
                                    struct lq_view world)
{
    struct history *history = context;

    (void)world;
    if (history->call.invocation->json) {
        lq_json_output_print("session.history", lq_frame_text_json(&history->path, frame));
    } else {
        print_frame(frame);
    }
    history->told++;
    return lq_standard_output_flush() ? LQ_EXIT_OK : LQ_EXIT_FAILED;
}

static enum lq_exit_code show_history(struct history *history)
{
    const struct lq_invocation *invocation = history->call.invocation;
    struct lq_frame_bounds bounds;
    enum lq_exit_code code = lq_frame_read_bounds(&history->call, &history->path, &bounds);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    struct lq_frame_span span = {.from = history->from, .to = history->to, .without_worlds = true};
    if (lq_invocation_value(invocation, "from") == NULL) {
        span.from = bounds.oldest;
    }
    if (lq_invocation_value(invocation, "to") == NULL) {
        span.to = bounds.newest; /* a session that ticks on has no end */
    }
    /* What was not given may have come to lie on the other side of what was. */
    bool swapped = span.from > span.to;
    code = lq_frame_read_check(&history->path, &bounds, swapped ? span.to : span.from,
                               swapped ? span.from : span.to);
    if (code == LQ_EXIT_OK) {
        code = lq_frame_read_each(&history->call, &history->path, &span, show_frame, history);
    }
    if (code != LQ_EXIT_OK && history->told > 0) {
        lq_text_output_note(invocation, "the history ends before frame %" PRIu64,
                            span.from + history->told);
    }
    return code;
}

static bool read_range(const struct lq_invocation *invocation, struct history *history,
                       struct lq_error_message *message)
{
    const struct lq_number_range any = {0, UINT64_MAX, 0};

    if (!lq_invocation_number(invocation, "from", any, &history->from, message) ||
        !lq_invocation_number(invocation, "to", any, &history->to, message)) {
        return false;
    }
    if (lq_invocation_value(invocation, "to") != NULL && history->from > history->to) {
        lq_error_message_set(message, "--from %" PRIu64 " is behind --to %" PRIu64, history->from,
                             history->to);
        return false;
    }
    return true;
}

enum lq_exit_code lq_session_history_run(const struct lq_invocation *invocation)
{
    struct history history = {.told = 0};
    struct lq_error_message message;

    if (!lq_invocation_session_argument(invocation, &history.path, &message) ||
        !read_range(invocation, &history, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &history.call);
    if (code == LQ_EXIT_OK) {
        lq_interrupt_catch();
        code = show_history(&history);
    }
    lq_broker_call_close(&history.call);
    return code;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/frame_read.h"

#include "base/standard_output.h"
#include "cli/interrupt.h"
#include "cli/text_output.h"

#include <inttypes.h>
#include <stdio.h>

#define PATH_BYTES (LQ_TENANT_NAME_BYTES_MAX + LQ_SESSION_NAME_BYTES_MAX + 2)

static enum lq_exit_code read_once(struct lq_broker_call *call, const struct lq_session_path *path,
                                   const struct lq_read_range *range, struct lq_admin_reply *reply)
{
    char name[PATH_BYTES];
    struct lq_admin_request request = {.kind = LQ_ADMIN_READ,
                                       .tenant = lq_view_text(path->tenant),
                                       .session = lq_view_text(path->session),
                                       .has_read = true,
                                       .read = *range};

    snprintf(name, sizeof name, "%s/%s", path->tenant, path->session);
    return lq_broker_call_ask(call, &request, name, reply);
}

enum lq_exit_code lq_frame_read_bounds(struct lq_broker_call *call,
                                       const struct lq_session_path *path,
                                       struct lq_frame_bounds *bounds)
{
    const struct lq_read_range range = {.head = true, .count = 1, .without_worlds = true};
    struct lq_admin_reply reply;
    enum lq_exit_code code = read_once(call, path, &range, &reply);

    if (code == LQ_EXIT_OK) {
        *bounds = (struct lq_frame_bounds){reply.oldest_frame, reply.newest_frame};
    }
    return code;
}

enum lq_exit_code lq_frame_read_check(const struct lq_session_path *path,
                                      const struct lq_frame_bounds *bounds, uint64_t from,
                                      uint64_t to)
{
    if (from < bounds->oldest) {
        lq_text_output_error("%s/%s: frame %" PRIu64 " is not kept; the oldest that is kept is "
                             "frame %" PRIu64,
                             path->tenant, path->session, from, bounds->oldest);
        return LQ_EXIT_NOT_FOUND;
    }
    if (to > bounds->newest) {
        lq_text_output_error("%s/%s: there is no frame %" PRIu64 "; the newest is frame %" PRIu64,
                             path->tenant, path->session, to, bounds->newest);
        return LQ_EXIT_NOT_FOUND;
    }
    return LQ_EXIT_OK;
}

/* The frames of an answer, the first of which has to be `*at`; behind them `*at` is the next. */
static enum lq_exit_code take_answer(const struct lq_admin_reply *reply,
                                     const struct lq_frame_span *span, uint64_t *at,
                                     lq_frame_read_fn each, void *context)
{
    enum lq_exit_code code = LQ_EXIT_OK;
    size_t taken = 0;

    for (uint32_t index = 0; index < reply->frame_count && code == LQ_EXIT_OK; index++) {
        const struct lq_frame_entry *frame = &reply->frames[index];
        if (frame->frame != *at || *at > span->to ||
            frame->world_bytes > reply->body.bytes - taken ||
            (frame->world_bytes == 0) != span->without_worlds) {
            lq_text_output_error("frame %" PRIu64 ": the answer has another one, or no world of it",
                                 *at);
            return LQ_EXIT_FAILED;
        }
        struct lq_view world = frame->world_bytes == 0
                                   ? lq_view_of(NULL, 0)
                                   : lq_view_of(reply->body.data + taken, frame->world_bytes);
        taken += frame->world_bytes;
        ++*at;
        code = each(context, frame, world);
    }
    return code;
}

enum lq_exit_code lq_frame_read_each(struct lq_broker_call *call,
                                     const struct lq_session_path *path,
                                     const struct lq_frame_span *span, lq_frame_read_fn each,
                                     void *context)
{
    enum lq_exit_code code = LQ_EXIT_OK;
    uint64_t at = span->from;

    while (code == LQ_EXIT_OK && at <= span->to && !lq_interrupt_asked()) {
        uint64_t left = span->to - at; /* and one */
        const struct lq_read_range range = {.from = at,
                                            .count = left < LQ_READ_FRAMES_MAX ? (uint32_t)left + 1
                                                                               : LQ_READ_FRAMES_MAX,
                                            .without_worlds = span->without_worlds};
        struct lq_admin_reply reply;
        code = read_once(call, path, &range, &reply);
        if (code == LQ_EXIT_OK && reply.frame_count == 0) {
            lq_text_output_error("frame %" PRIu64 ": the answer is empty", at);
            return LQ_EXIT_FAILED;
        }
        if (code == LQ_EXIT_OK) {
            code = take_answer(&reply, span, &at, each, context);
        }
    }
    return code;
}

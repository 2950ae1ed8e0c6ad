// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/session_life_text.h"

#include "cli/json_output.h"
#include "cli/session_rate.h"
#include "cli/text_output.h"

#include <stdio.h>

enum lq_exit_code lq_session_life_text_find(struct lq_broker_call *call,
                                            const struct lq_session_path *path,
                                            struct lq_session_entry *entry)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_SESSION,
                                       .tenant = lq_view_text(path->tenant),
                                       .session = lq_view_text(path->session)};
    struct lq_admin_reply reply;
    enum lq_exit_code code =
        lq_broker_call_ask(call, &request, call->invocation->arguments[0], &reply);

    if (code == LQ_EXIT_OK && reply.session_count != 1) {
        lq_text_output_error("%s/%s: no such session", path->tenant, path->session);
        return LQ_EXIT_NOT_FOUND;
    }
    if (code == LQ_EXIT_OK) {
        *entry = reply.sessions[0];
    }
    return code;
}

enum lq_exit_code lq_session_life_text_ask(struct lq_broker_call *call,
                                           const struct lq_session_path *path,
                                           struct lq_session_life *life)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_CHANGE_SESSION,
                                       .tenant = lq_view_text(path->tenant),
                                       .session = lq_view_text(path->session)};
    struct lq_admin_reply reply;
    enum lq_exit_code code =
        lq_broker_call_ask(call, &request, call->invocation->arguments[0], &reply);

    if (code == LQ_EXIT_OK) {
        *life = reply.life;
    }
    return code;
}

void lq_session_life_text_print(const struct lq_session_life *life)
{
    char rate[LQ_SESSION_RATE_TEXT_BYTES];
    int stage_bytes = (int)life->parked_by.bytes;
    const char *stage = (const char *)life->parked_by.data;

    if (stage_bytes > 0) {
        printf("state      %sparked by %.*s\n", life->stopped ? "stopped, " : "", stage_bytes,
               stage);
    } else {
        printf("state      %s\n", life->stopped ? "stopped" : "runs");
    }
    if (life->changes) {
        printf("           %s from its next frame on\n", lq_session_rate_text(life->next, rate));
    }
}

json_t *lq_session_life_text_json(const struct lq_session_life *life)
{
    json_t *next = life->changes
                       ? json_pack("{s:I,s:I}", "numerator", (json_int_t)life->next.numerator,
                                   "denominator", (json_int_t)life->next.denominator)
                       : json_null();

    return json_pack("{s:b,s:o,s:o}", "stopped", (int)life->stopped, "parked_by",
                     life->parked_by.bytes > 0 ? lq_json_output_text(life->parked_by) : json_null(),
                     "next_rate", next);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A session is deleted: what was its last frame, for ever. */
#include "actors/persist/persist_handler.h"
#include "base/error_name.h"

void lq_persist_delete_take(struct lq_persist_handler *handler, uint32_t item_index,
                            const struct lq_stage_item *item, struct lq_answer *answer,
                            struct lq_out_buffer *out)
{
    struct lq_admin_request request;

    struct lq_commit *commit = lq_persist_handler_next(handler, item, LQ_COMMIT_DELETE_SESSION);

    commit->is_quiet =
        !lq_event_subscription_wants(item->events, lq_view_text(LQ_EVENT_SESSION_ENDED));
    if (lq_out_buffer_reserve(out, LQ_PERSIST_REPLY_BYTES_MAX) == NULL ||
        !lq_persist_request_read(handler, item, LQ_ADMIN_DELETE_SESSION, LQ_ADMIN_DELETE_SESSION,
                                 answer, &request)) {
        return;
    }
    if (!lq_view_equal(request.tenant, item->names.tenant) ||
        !lq_view_equal(request.session, item->names.session)) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MISMATCH, "the request names another session");
        return;
    }
    lq_out_buffer_keep(out, answer, LQ_PERSIST_REPLY_BYTES_MAX);
    lq_persist_handler_add(handler, item_index, request.tag);
}

void lq_persist_delete_answer(const struct lq_commit *commit, uint64_t tag,
                              struct lq_answer *answer, struct lq_out_buffer *out)
{
    struct lq_session_entry session = {.tenant = commit->names.tenant,
                                       .name = commit->names.session,
                                       .frame = commit->committed_frame,
                                       .deleted = true};
    struct lq_admin_reply reply = {
        .tag = tag, .result = LQ_OK, .session_count = 1, .sessions = &session};

    memcpy(session.hash, commit->hash, sizeof session.hash);
    answer->ledger_sequence = commit->ledger_sequence;
    answer->outbox_sequence = commit->outbox_sequence;
    switch (commit->verdict) {
    case LQ_COMMIT_DONE:
    case LQ_COMMIT_ALREADY:
        reply.count = commit->verdict == LQ_COMMIT_DONE;
        lq_persist_request_reply(&reply, answer, out);
        return;
    case LQ_COMMIT_UNKNOWN:
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_NOT_FOUND, "no such tenant or session");
        return;
    default:
        LQ_ASSERT(commit->verdict == LQ_COMMIT_BROKEN);
        lq_answer_fail(answer, LQ_ERROR_STORE_CORRUPT, "the session's name or head does not open");
        return;
    }
}

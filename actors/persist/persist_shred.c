// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A tenant is shredded: its keys are destroyed, in one transaction, for ever. */
#include "actors/persist/persist_handler.h"
#include "base/error_name.h"

void lq_persist_shred_take(struct lq_persist_handler *handler, uint32_t item_index,
                           const struct lq_stage_item *item, struct lq_answer *answer,
                           struct lq_out_buffer *out)
{
    struct lq_commit *commit = lq_persist_handler_next(handler, item, LQ_COMMIT_SHRED_TENANT);
    struct lq_admin_request request;

    if (lq_out_buffer_reserve(out, LQ_PERSIST_REPLY_BYTES_MAX) == NULL ||
        !lq_persist_request_read(handler, item, LQ_ADMIN_SHRED_TENANT, LQ_ADMIN_SHRED_TENANT,
                                 answer, &request)) {
        return;
    }
    if (!lq_view_equal(request.tenant, item->names.tenant)) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MISMATCH, "the request names another tenant");
        return;
    }
    lq_out_buffer_keep(out, answer, LQ_PERSIST_REPLY_BYTES_MAX);
    commit->names.session = lq_view_of(NULL, 0);
    lq_persist_handler_add(handler, item_index, request.tag);
}

void lq_persist_shred_answer(const struct lq_commit *commit, uint64_t tag, struct lq_answer *answer,
                             struct lq_out_buffer *out)
{
    struct lq_tenant_entry tenant = {.name = commit->names.tenant, .shredded = true};
    struct lq_admin_reply reply = {
        .tag = tag, .result = LQ_OK, .tenant_count = 1, .tenants = &tenant};

    answer->outbox_sequence = commit->outbox_sequence;
    switch (commit->verdict) {
    case LQ_COMMIT_DONE:
    case LQ_COMMIT_ALREADY:
        reply.count = commit->verdict == LQ_COMMIT_DONE;
        lq_persist_request_reply(&reply, answer, out);
        return;
    case LQ_COMMIT_UNKNOWN:
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_NOT_FOUND, "tenant: no such tenant");
        return;
    default:
        LQ_ASSERT(commit->verdict == LQ_COMMIT_BROKEN);
        lq_answer_fail(answer, LQ_ERROR_STORE_CORRUPT, "the tenant's entry or keys do not open");
        return;
    }
}

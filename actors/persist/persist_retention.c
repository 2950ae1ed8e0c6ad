// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* For how long a tenant's frames are kept, and the wall clock by which that is judged. */
#include "actors/persist/persist_handler.h"
#include "base/error_name.h"
#include "base/log.h"
#include "store/core/retention.h"

#include <inttypes.h>
#include <stdio.h>

#define NS_PER_S INT64_C(1000000000)

static bool is_valid(const struct lq_admin_request *request, const struct lq_stage_item *item,
                     struct lq_answer *answer, struct lq_out_buffer *out)
{
    if (!lq_view_equal(request->tenant, item->names.tenant)) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MISMATCH, "the request names another tenant");
        return false;
    }
    lq_out_buffer_keep(out, answer, LQ_PERSIST_REPLY_BYTES_MAX);
    if (!lq_retention_valid(request->retention_s)) {
        lq_persist_request_refuse(request->tag, answer, out, LQ_ERR_INVALID,
                                  "retention_s: 0 for ever, else 60 to 3153600000");
        return false;
    }
    return true;
}

void lq_persist_retention_take(struct lq_persist_handler *handler, uint32_t item_index,
                               const struct lq_stage_item *item, struct lq_answer *answer,
                               struct lq_out_buffer *out)
{
    struct lq_commit *commit = lq_persist_handler_next(handler, item, LQ_COMMIT_SET_RETENTION);
    struct lq_admin_request request;

    if (lq_out_buffer_reserve(out, LQ_PERSIST_REPLY_BYTES_MAX) == NULL ||
        !lq_persist_request_read(handler, item, LQ_ADMIN_SET_RETENTION, LQ_ADMIN_ACCEPT_CLOCK,
                                 answer, &request) ||
        !is_valid(&request, item, answer, out)) {
        return;
    }
    if (request.kind == LQ_ADMIN_ACCEPT_CLOCK) {
        commit->kind = LQ_COMMIT_ACCEPT_CLOCK;
        commit->names.tenant = lq_view_of(NULL, 0);
    }
    commit->names.session = lq_view_of(NULL, 0);
    commit->retention_s = request.retention_s;
    lq_persist_handler_add(handler, item_index, request.tag);
}

void lq_persist_retention_answer(const struct lq_commit *commit, uint64_t tag,
                                 struct lq_answer *answer, struct lq_out_buffer *out)
{
    struct lq_tenant_entry tenant = {
        .name = commit->names.tenant, .retention_s = commit->retention_s, .own_retention = true};
    struct lq_admin_reply reply = {.tag = tag,
                                   .result = LQ_OK,
                                   .tenant_count = commit->kind == LQ_COMMIT_SET_RETENTION,
                                   .tenants = &tenant};

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
        lq_answer_fail(answer, LQ_ERROR_STORE_CORRUPT, "the tenant's entry does not open");
        return;
    }
}

/* What is known of the doubt. */
static void describe(const struct lq_wall_guard *guard, char *to, size_t bytes)
{
    int64_t seconds = guard->off_ns / NS_PER_S;
    char by[32] = "";

    if (seconds != 0) {
        snprintf(by, sizeof by, " by %+" PRId64 " s", seconds);
    }
    if (guard->verdict == LQ_WALL_FAR) {
        snprintf(to, bytes, "no frames are dropped: the wall clock is past the newest commit%s",
                 by);
    } else {
        snprintf(to, bytes, "no frames are dropped: the wall clock jumped%s", by);
    }
}

void lq_persist_retention_watch(struct lq_persist_handler *handler)
{
    const struct lq_wall_guard *guard = lq_ledger_drop_waits_for_clock(handler->ledger);

    if (guard != NULL && handler->clock_remark[0] == '\0') {
        describe(guard, handler->clock_remark, sizeof handler->clock_remark);
        lq_log_warning("%s; set it right, then say it is: lqctl store clock accept",
                       handler->clock_remark);
    } else if (guard == NULL && handler->clock_remark[0] != '\0') {
        lq_log_info("the wall clock is believed again");
        handler->clock_remark[0] = '\0';
    }
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Creations of tenants and sessions: a request of administration becomes a commit, its answer is
 * read back from the ledger. */
#include "actors/persist/persist_handler.h"
#include "base/clock.h"
#include "base/error_message.h"
#include "base/error_name.h"
#include "proto/tick_codec.h"

#include <inttypes.h>
#include <stdio.h>

/* The request of an item, which names the same tenant and session. */
static bool read_request(struct lq_persist_handler *handler, const struct lq_stage_item *item,
                         struct lq_answer *answer, struct lq_admin_request *request)
{
    bool is_session = item->kind == LQ_EXECUTION_CREATE_SESSION;

    enum lq_admin_kind wanted = is_session ? LQ_ADMIN_CREATE_SESSION : LQ_ADMIN_CREATE_TENANT;

    if (!lq_persist_request_read(handler, item, wanted, wanted, answer, request)) {
        return false;
    }
    if (!lq_view_equal(request->tenant, item->names.tenant) ||
        (is_session && !lq_view_equal(request->session, item->names.session))) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MISMATCH,
                       "the request names another tenant or session");
        return false;
    }
    return true;
}

/* Frame 0: what the session is created with. False: `message` names the field at fault. */
static bool make_first_tick(struct lq_persist_handler *handler,
                            const struct lq_admin_request *request,
                            struct lq_error_message *message)
{
    struct lq_tick *tick = &handler->tick;
    char reason[LQ_REASON_BYTES_MAX];
    const char *where = "";

    lq_tick_clear(tick);
    memcpy(tick->tenant, request->tenant.data, request->tenant.bytes);
    tick->tenant[request->tenant.bytes] = '\0';
    memcpy(tick->session, request->session.data, request->session.bytes);
    tick->session[request->session.bytes] = '\0';
    tick->wall_time_ns = lq_clock_wall_ns();
    tick->config = request->config;
    if (!request->has_config) {
        lq_error_message_set(message, "config: missing");
        return false;
    }
    if (lq_session_config_check(&tick->config, reason) != LQ_OK) {
        lq_error_message_set(message, "config: %s", reason);
        return false;
    }
    if (request->world.bytes > 0 &&
        lq_world_decode(request->world, &handler->decoded, &tick->world, &where) != LQ_OK) {
        lq_error_message_set(message, "world: %s", where);
        return false;
    }
    if (lq_world_check(&tick->world, &where) != LQ_OK) {
        lq_error_message_set(message, "world: %s", where);
        return false;
    }
    enum lq_result added = lq_tick_add_stage(tick, LQ_STAGE_NAME, LQ_STAGE_VERSION);
    LQ_ASSERT(added == LQ_OK);
    return true;
}

static bool names_valid(const struct lq_admin_request *request, struct lq_error_message *message)
{
    if (!lq_tenant_name_valid(request->tenant)) {
        lq_error_message_set(message, "tenant: 1 to 32 of A-Z a-z 0-9 . _ -, no dot first");
        return false;
    }
    if (request->kind == LQ_ADMIN_CREATE_SESSION && !lq_session_name_valid(request->session)) {
        lq_error_message_set(message, "session: 1 to 64 of A-Z a-z 0-9 . _ -, no dot first");
        return false;
    }
    return true;
}

void lq_persist_creation_take(struct lq_persist_handler *handler, uint32_t item_index,
                              const struct lq_stage_item *item, struct lq_answer *answer,
                              struct lq_out_buffer *out)
{
    bool is_session = item->kind == LQ_EXECUTION_CREATE_SESSION;
    struct lq_commit *commit = lq_persist_handler_next(
        handler, item, is_session ? LQ_COMMIT_CREATE_SESSION : LQ_COMMIT_CREATE_TENANT);
    struct lq_admin_request request;
    struct lq_error_message message;

    if (lq_out_buffer_reserve(out, LQ_PERSIST_REPLY_BYTES_MAX) == NULL ||
        !read_request(handler, item, answer, &request)) {
        return;
    }
    lq_out_buffer_keep(out, answer, LQ_PERSIST_REPLY_BYTES_MAX);
    if (!names_valid(&request, &message) ||
        (is_session && !make_first_tick(handler, &request, &message))) {
        lq_persist_request_refuse(request.tag, answer, out, LQ_ERR_INVALID, message.text);
        return;
    }
    if (is_session && !lq_persist_handler_encode(handler, answer, &commit->content)) {
        return;
    }
    if (!is_session) {
        commit->names.session = lq_view_of(NULL, 0);
    }
    lq_persist_handler_add(handler, item_index, request.tag);
}

static enum lq_result reply_with_session(struct lq_persist_handler *handler,
                                         const struct lq_commit *commit,
                                         struct lq_admin_reply *reply, struct lq_answer *answer,
                                         struct lq_out_buffer *out)
{
    struct lq_session_entry entry;
    struct lq_error_message message = {""};
    enum lq_result result = lq_ledger_read_begin(handler->ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_session_entry_read(handler->ledger, commit->names, &handler->scratch, &entry,
                                   &answer->ledger_sequence, &message);
    lq_ledger_read_end(handler->ledger);
    if (result == LQ_OK) {
        reply->sessions = &entry;
        reply->session_count = 1;
    } else {
        /* It is there, only what it holds cannot be shown. */
        reply->message = lq_view_text(message.text);
    }
    lq_persist_request_reply(reply, answer, out);
    return LQ_OK;
}

/* The name is taken for ever. */
static void refuse_deleted(const struct lq_commit *commit, uint64_t tag, struct lq_answer *answer,
                           struct lq_out_buffer *out)
{
    char message[96];

    snprintf(message, sizeof message,
             "session: deleted at frame %" PRIu64 ", its name is not used again",
             commit->committed_frame);
    lq_persist_request_refuse(tag, answer, out, LQ_ERR_STATE, message);
}

enum lq_result lq_persist_creation_answer(struct lq_persist_handler *handler,
                                          const struct lq_commit *commit, uint64_t tag,
                                          struct lq_answer *answer, struct lq_out_buffer *out)
{
    struct lq_tenant_entry tenant = {.name = commit->names.tenant};
    struct lq_admin_reply reply = {.tag = tag, .result = LQ_OK, .count = 1};

    answer->frame = commit->committed_frame;
    memcpy(answer->hash, commit->hash, sizeof answer->hash);
    answer->ledger_sequence = commit->ledger_sequence;
    answer->outbox_sequence = commit->outbox_sequence;
    switch (commit->verdict) {
    case LQ_COMMIT_DONE:
    case LQ_COMMIT_ALREADY:
        break;
    case LQ_COMMIT_EXISTS:
        reply.result = LQ_ERR_EXISTS;
        reply.count = 0;
        break;
    case LQ_COMMIT_UNKNOWN:
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_NOT_FOUND, "tenant: no such tenant");
        return LQ_OK;
    case LQ_COMMIT_SHREDDED:
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_STATE,
                                  "tenant: its contents were destroyed, and it takes no more");
        return LQ_OK;
    case LQ_COMMIT_DELETED:
        refuse_deleted(commit, tag, answer, out);
        return LQ_OK;
    case LQ_COMMIT_TOO_LARGE:
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_LIMIT,
                                  "world: too large for one record");
        return LQ_OK;
    case LQ_COMMIT_BROKEN:
        lq_answer_fail(answer, LQ_ERROR_STORE_CORRUPT,
                       "the tenant's or session's entry does not open");
        return LQ_OK;
    case LQ_COMMIT_FULL: /* of cursors alone */
        LQ_ASSERT(false);
        return LQ_OK;
    case LQ_COMMIT_CONFLICT:
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_CONFLICT,
                                  "session: exists with other frames");
        return LQ_OK;
    }
    if (commit->kind == LQ_COMMIT_CREATE_SESSION) {
        return reply_with_session(handler, commit, &reply, answer, out);
    }
    reply.tenants = &tenant;
    reply.tenant_count = 1;
    lq_persist_request_reply(&reply, answer, out);
    return LQ_OK;
}

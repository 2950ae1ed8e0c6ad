// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The questions of administration: lists and shows, answered from the batch's read transaction. */
#include "actors/load/load_handler.h"

#include "actors/ledger/feed_report.h"
#include "actors/load/load_read.h"
#include "base/error_message.h"
#include "base/error_name.h"
#include "proto/admin_codec.h"

#include <stdio.h>

struct query {
    struct lq_load_handler *handler;
    struct lq_admin_request request;
    struct lq_admin_reply reply;
    char message[256];
    struct lq_ledger_name names[LQ_ADMIN_PAGE_MAX + 1];
    struct lq_tenant_entry tenants[LQ_ADMIN_PAGE_MAX];
    struct lq_session_entry sessions[LQ_ADMIN_PAGE_MAX];
    struct lq_feed_state feed_state;
    struct lq_feed_report feed;
    struct lq_window_entry window;
    struct lq_load_worlds worlds; /* the reply's body part */
    uint64_t newest;              /* sequence of the newest record that the reply tells of */
};

static void refuse(struct query *query, enum lq_result result, const char *what)
{
    query->reply.result = result;
    snprintf(query->message, sizeof query->message, "%.255s", what);
}

/* One name more than asked for is read: whether it is there says if another page follows. */
static uint32_t page_size(const struct query *query)
{
    uint32_t wanted = query->request.count_max;

    return wanted == 0 || wanted > LQ_ADMIN_PAGE_MAX ? LQ_ADMIN_PAGE_MAX : wanted;
}

static enum lq_result describe_tenant(struct query *query, uint32_t index, struct lq_view name)
{
    struct lq_tenant_entry *entry = &query->tenants[index];

    *entry = (struct lq_tenant_entry){.name = name,
                                      .number = query->names[index].number,
                                      .retention_s = query->handler->retention_s};
    enum lq_result result = lq_ledger_retention(query->handler->ledger, name, &entry->retention_s,
                                                &entry->own_retention);
    return result == LQ_OK ? lq_ledger_is_shredded(query->handler->ledger, name, &entry->shredded)
                           : result;
}

static enum lq_result list_tenants(struct query *query)
{
    uint32_t wanted = page_size(query);
    uint32_t count = 0;
    enum lq_result result = lq_ledger_list_tenants(query->handler->ledger, query->request.after,
                                                   query->names, wanted + 1, &count);

    if (result != LQ_OK) {
        return result;
    }
    query->reply.more = count > wanted;
    query->reply.tenant_count = count > wanted ? wanted : count;
    query->reply.count = query->reply.tenant_count;
    for (uint32_t index = 0; result == LQ_OK && index < query->reply.tenant_count; index++) {
        result = describe_tenant(query, index, lq_view_text(query->names[index].text));
    }
    return result;
}

/* The list has names greater than `after`: the greatest text below the name asked for is the name
 * with its last byte one less and a byte that no name has. */
static enum lq_result show_tenant(struct query *query)
{
    struct lq_view name = query->request.tenant;
    uint8_t after[LQ_TENANT_NAME_BYTES_MAX + 1];
    uint32_t count = 0;

    if (!lq_tenant_name_valid(name)) {
        refuse(query, LQ_ERR_INVALID, "tenant: not a tenant's name");
        return LQ_OK;
    }
    memcpy(after, name.data, name.bytes);
    after[name.bytes - 1]--;
    after[name.bytes] = '~';
    enum lq_result result = lq_ledger_list_tenants(
        query->handler->ledger, lq_view_of(after, name.bytes + 1), query->names, 1, &count);
    if (result != LQ_OK) {
        return result;
    }
    if (count == 0 || !lq_view_equal(lq_view_text(query->names[0].text), name)) {
        refuse(query, LQ_ERR_NOT_FOUND, "tenant: no such tenant");
        return LQ_OK;
    }
    query->reply.tenant_count = 1;
    query->reply.count = 1;
    return describe_tenant(query, 0, name);
}

/* Its name, and whether it was deleted, when. One whose head does not open has its name all the
 * same. */
static enum lq_result describe_session(struct query *query, uint32_t index)
{
    struct lq_session_entry *entry = &query->sessions[index];
    struct lq_head head;

    *entry = (struct lq_session_entry){.tenant = query->request.tenant,
                                       .name = lq_view_text(query->names[index].text)};
    enum lq_result result = lq_ledger_head(
        query->handler->ledger, (struct lq_session_names){entry->tenant, entry->name}, &head);
    if (result == LQ_OK && head.deleted) {
        entry->deleted = true;
        entry->frame = head.frame;
        memcpy(entry->hash, head.hash, sizeof entry->hash);
    }
    return result == LQ_ERR_CORRUPT || result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

static enum lq_result list_sessions(struct query *query)
{
    uint32_t wanted = page_size(query);
    uint32_t count = 0;

    if (!lq_tenant_name_valid(query->request.tenant)) {
        refuse(query, LQ_ERR_INVALID, "tenant: not a tenant's name");
        return LQ_OK;
    }
    enum lq_result result =
        lq_ledger_list_sessions(query->handler->ledger, query->request.tenant, query->request.after,
                                query->names, wanted + 1, &count);
    if (result != LQ_OK) {
        return result;
    }
    query->reply.more = count > wanted;
    query->reply.session_count = count > wanted ? wanted : count;
    query->reply.count = query->reply.session_count;
    for (uint32_t index = 0; result == LQ_OK && index < query->reply.session_count; index++) {
        result = describe_session(query, index);
    }
    return result;
}

static bool names_a_session(struct query *query)
{
    if (lq_tenant_name_valid(query->request.tenant) &&
        lq_session_name_valid(query->request.session)) {
        return true;
    }
    refuse(query, LQ_ERR_INVALID, "session: not a tenant's and a session's name");
    return false;
}

/* A session whose record cannot be read: because its tenant was shredded, or as `message` says. */
static void refuse_unreadable(struct query *query, enum lq_result result,
                              const struct lq_error_message *message)
{
    bool shredded = false;
    bool known =
        lq_ledger_is_shredded(query->handler->ledger, query->request.tenant, &shredded) == LQ_OK;

    refuse(query, result,
           known && shredded ? LQ_ERROR_TENANT_SHREDDED
               ": the contents of this tenant were destroyed"
                             : message->text);
}

static enum lq_result show_session(struct query *query)
{
    struct lq_load_handler *handler = query->handler;
    struct lq_error_message message = {""};
    uint64_t ledger_sequence = 0;

    if (!names_a_session(query)) {
        return LQ_OK;
    }
    enum lq_result result = lq_session_entry_read(
        handler->ledger, (struct lq_session_names){query->request.tenant, query->request.session},
        &handler->scratch, &query->sessions[0], &ledger_sequence, &message);
    if (result == LQ_ERR_CORRUPT || result == LQ_ERR_KEY) {
        refuse_unreadable(query, result, &message);
        return LQ_OK;
    }
    query->reply.session_count = result == LQ_OK ? 1 : 0;
    query->reply.count = query->reply.session_count;
    return result;
}

/* What is wrong with one session is its reader's to hear; anything else is the house's. */
static enum lq_result settle_reading(struct query *query, enum lq_result result,
                                     const struct lq_error_message *message)
{
    if (result == LQ_ERR_CORRUPT || result == LQ_ERR_KEY) {
        refuse_unreadable(query, result, message);
        return LQ_OK;
    }
    if (result == LQ_ERR_NOT_FOUND || result == LQ_ERR_STATE) {
        refuse(query, result, message->text);
        return LQ_OK;
    }
    return result;
}

static enum lq_result read_frames(struct query *query)
{
    struct lq_error_message message = {""};

    if (!names_a_session(query)) {
        return LQ_OK;
    }
    if (!query->request.has_read) {
        refuse(query, LQ_ERR_INVALID, "read: missing");
        return LQ_OK;
    }
    enum lq_result result = lq_load_read_frames(query->handler, &query->request, &query->reply,
                                                &query->worlds, &query->newest, &message);
    return settle_reading(query, result, &message);
}

static enum lq_result read_window(struct query *query)
{
    struct lq_error_message message = {""};

    if (!names_a_session(query)) {
        return LQ_OK;
    }
    if (!query->request.has_player) {
        refuse(query, LQ_ERR_INVALID, "player: missing");
        return LQ_OK;
    }
    enum lq_result result = lq_load_read_window(query->handler, &query->request, &query->window,
                                                &query->newest, &message);
    if (result == LQ_ERR_NOT_FOUND && message.text[0] == '\0') {
        lq_error_message_set(&message, "no such tenant or session");
    }
    query->reply.window = result == LQ_OK ? &query->window : NULL;
    return settle_reading(query, result, &message);
}

static enum lq_result answer_request(struct query *query)
{
    switch (query->request.kind) {
    case LQ_ADMIN_LIST_TENANTS:
        return list_tenants(query);
    case LQ_ADMIN_SHOW_TENANT:
        return show_tenant(query);
    case LQ_ADMIN_LIST_SESSIONS:
        return list_sessions(query);
    case LQ_ADMIN_SHOW_SESSION:
        return show_session(query);
    case LQ_ADMIN_SHOW_FEED:
        query->reply.feed = &query->feed;
        return lq_feed_report_read(query->handler->ledger, &query->feed_state, &query->feed);
    case LQ_ADMIN_READ:
        return read_frames(query);
    case LQ_ADMIN_WINDOW:
        return read_window(query);
    default:
        refuse(query, LQ_ERR_INVALID, "kind: not a question that load answers");
        return LQ_OK;
    }
}

static bool read_request(struct query *query, const struct lq_stage_item *item,
                         struct lq_answer *answer)
{
    enum lq_message_kind kind;
    struct lq_view message;
    const char *where = "framing";
    enum lq_result result = lq_framing_get(item->payload, &kind, &message);

    if (result == LQ_OK && kind != LQ_MESSAGE_ADMIN) {
        result = LQ_ERR_MALFORMED;
    }
    if (result == LQ_OK) {
        result = lq_admin_request_decode(message, &query->handler->arena, &query->request, &where);
    }
    if (result != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MALFORMED, "the request's field %s", where);
    }
    return result == LQ_OK;
}

bool lq_load_query_answer(struct lq_load_handler *handler, const struct lq_stage_item *item,
                          struct lq_answer *answer, struct lq_out_buffer *out)
{
    static struct query query; /* the stage thread's, for one item */
    size_t bytes = 0;
    uint8_t *to = lq_out_buffer_reserve(out, LQ_HEADER_BYTES_MAX + LQ_READ_ANSWER_BYTES_MAX);

    if (to == NULL) {
        return true; /* RETURNED */
    }
    query.handler = handler;
    query.message[0] = '\0';
    query.reply = (struct lq_admin_reply){
        .result = LQ_OK, .tenants = query.tenants, .sessions = query.sessions};
    query.worlds.bytes = 0;
    query.newest = 0;
    if (!read_request(&query, item, answer)) {
        return true;
    }
    if (query.request.kind == LQ_ADMIN_READ && handler->reading_ns >= LQ_LOAD_READS_NS) {
        return true; /* RETURNED: ticks behind it have waited long enough */
    }
    query.reply.tag = query.request.tag;
    enum lq_result result = answer_request(&query);
    if (result == LQ_ERR_NOT_FOUND) {
        refuse(&query, result, "no such tenant or session");
    } else if (result != LQ_OK) {
        handler->fault = result;
        snprintf(handler->fault_text, sizeof handler->fault_text, "a query cannot be read: %s",
                 lq_result_text(result));
        return false;
    }
    query.reply.message = lq_view_text(query.message);
    result = lq_admin_reply_encode(&query.reply, to, LQ_HEADER_BYTES_MAX, &bytes);
    LQ_ASSERT(result == LQ_OK); /* a page of the longest names has 50 KB */
    if (query.worlds.bytes > 0) {
        memcpy(to + bytes, query.worlds.memory, query.worlds.bytes);
    }
    lq_out_buffer_keep(out, answer, bytes + query.worlds.bytes);
    answer->tail_bytes = query.worlds.bytes;
    answer->ledger_sequence = query.newest;
    answer->verdict = LQ_ITEM_DONE;
    return true;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/known_names.h"

#include "cli/text_output.h"
#include "proto/wire_text.h"

#include <strings.h>

enum { PATIENCE_MS = 2000, LIST_BYTES_MAX = 1024 };

static bool same_word(struct lq_view word, const char *text)
{
    return word.bytes == strlen(text) &&
           strncasecmp((const char *)word.data, text, word.bytes) == 0;
}

static enum lq_exit_code ask_status(struct lq_broker_call *call, struct lq_admin_reply *reply)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_STATUS};
    enum lq_exit_code code = lq_broker_call_ask(call, &request, "status", reply);

    if (code == LQ_EXIT_OK && reply->status == NULL) {
        lq_text_output_error("status: the broker's answer holds none");
        code = LQ_EXIT_FAILED;
    }
    return code;
}

enum lq_exit_code lq_known_names_stage(struct lq_broker_call *call, const char *text, char *stage,
                                       bool *known)
{
    struct lq_admin_reply reply;

    *known = false;
    if (text[0] == '\0' || strlen(text) > LQ_STAGE_NAME_BYTES_MAX ||
        !lq_wire_text_valid((const uint8_t *)text, strlen(text))) {
        lq_text_output_error("\"%.80s\" is no name of a stage: 1 to %d bytes of UTF-8", text,
                             LQ_STAGE_NAME_BYTES_MAX);
        return LQ_EXIT_USAGE;
    }
    memcpy(stage, text, strlen(text) + 1);
    enum lq_exit_code code = ask_status(call, &reply);
    for (uint32_t index = 0; code == LQ_EXIT_OK && index < reply.status->stage_count; index++) {
        struct lq_view resource = reply.status->stages[index].resource;
        if (!same_word(resource, text) && !same_word(reply.status->stages[index].name, text)) {
            continue;
        }
        LQ_ASSERT(resource.bytes <= LQ_STAGE_NAME_BYTES_MAX);
        memcpy(stage, resource.data, resource.bytes);
        stage[resource.bytes] = '\0';
        *known = true;
        break;
    }
    return code;
}

enum lq_exit_code lq_known_names_no_stage(struct lq_broker_call *call, const char *option,
                                          const char *text)
{
    struct lq_admin_reply reply;
    char list[LIST_BYTES_MAX] = "";
    size_t used = 0;
    enum lq_exit_code code = ask_status(call, &reply);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    for (uint32_t index = 0; index < reply.status->stage_count; index++) {
        struct lq_view stage = reply.status->stages[index].resource;
        int bytes = snprintf(list + used, sizeof list - used, "%s%.*s", index > 0 ? ", " : "",
                             (int)stage.bytes, (const char *)stage.data);
        if (bytes < 0 || (size_t)bytes >= sizeof list - used) {
            break;
        }
        used += (size_t)bytes;
    }
    lq_text_output_error("%s %s: no such stage; the pipeline has %s", option, text, list);
    return LQ_EXIT_NOT_FOUND;
}

enum lq_exit_code lq_known_names_find(struct lq_broker_call *call, const char *tenant,
                                      const char *session)
{
    struct lq_admin_request request = {.kind = session != NULL ? LQ_ADMIN_SHOW_SESSION
                                                               : LQ_ADMIN_SHOW_TENANT};
    struct lq_admin_reply reply;
    uint32_t patience_ms = call->invocation->timeout_ms;

    if (tenant == NULL) {
        return LQ_EXIT_OK;
    }
    request.tenant = lq_view_text(tenant);
    if (session != NULL) {
        request.session = lq_view_text(session);
    }
    patience_ms = patience_ms < PATIENCE_MS ? patience_ms : PATIENCE_MS;
    enum lq_result rc = lq_link_ask(call->link, &request, patience_ms, &call->arena, &reply);
    rc = rc == LQ_OK ? reply.result : rc;
    if (rc == LQ_ERR_NOT_FOUND) {
        lq_text_output_error("%s%s%s: %.*s; see: lqctl %s", tenant, session != NULL ? "/" : "",
                             session != NULL ? session : "", (int)reply.message.bytes,
                             reply.message.bytes > 0 ? (const char *)reply.message.data : "",
                             session != NULL ? "session list" : "tenant list");
        return LQ_EXIT_NOT_FOUND;
    }
    if (rc != LQ_OK) {
        lq_text_output_note(call->invocation, "whether %s%s%s exists is not known: %s", tenant,
                            session != NULL ? "/" : "", session != NULL ? session : "",
                            lq_result_text(rc));
    }
    return LQ_EXIT_OK;
}

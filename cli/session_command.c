// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/known_names.h"
#include "cli/name_pages.h"
#include "cli/session_life_text.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

#include <inttypes.h>

static bool one_session(const struct lq_invocation *invocation, struct lq_session_path *path)
{
    struct lq_error_message message;

    if (lq_invocation_session_argument(invocation, path, &message)) {
        return true;
    }
    lq_text_output_error("%s", message.text);
    return false;
}

/* ---- list ---- */

struct session_list {
    json_t *array;
    struct lq_text_table table;
    uint64_t count;
};

static void list_session(void *context, const char *tenant, const struct lq_session_entry *session)
{
    struct session_list *list = context;

    list->count++;
    json_array_append_new(list->array, json_pack("{s:s,s:o,s:b}", "tenant", tenant, "session",
                                                 lq_json_output_text(session->name), "deleted",
                                                 (int)session->deleted));
    char deleted[48] = "";
    if (session->deleted) {
        snprintf(deleted, sizeof deleted, "  deleted at frame %" PRIu64, session->frame);
    }
    lq_text_table_add(&list->table, "%s/%.*s%s", tenant, (int)session->name.bytes,
                      (const char *)session->name.data, deleted);
}

static enum lq_exit_code list_all(struct lq_broker_call *call, const char *tenant,
                                  struct session_list *list)
{
    struct lq_tenant_names names = {.names = NULL};
    enum lq_exit_code code = LQ_EXIT_OK;

    if (tenant != NULL) {
        code = lq_name_pages_sessions(call, tenant, list_session, list);
        return code == LQ_EXIT_OK && list->count == 0 ? lq_known_names_find(call, tenant, NULL)
                                                      : code;
    }
    code = lq_name_pages_tenant_names(call, &names);
    for (uint32_t index = 0; index < names.count && code == LQ_EXIT_OK; index++) {
        code = lq_name_pages_sessions(call, names.names[index], list_session, list);
    }
    lq_name_pages_release(&names);
    return code;
}

enum lq_exit_code lq_session_command_list(const struct lq_invocation *invocation)
{
    struct lq_broker_call call;
    struct session_list list = {.array = json_array(), .table = {.column_count = 1}};
    const char *tenant = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;

    if (invocation->argument_count > 1 ||
        (tenant != NULL && !lq_tenant_name_valid(lq_view_text(tenant)))) {
        lq_text_output_error("%s: name one tenant, or none for all",
                             invocation->arguments[invocation->argument_count - 1]);
        json_decref(list.array);
        return LQ_EXIT_USAGE;
    }
    lq_text_table_add(&list.table, "SESSION");
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = list_all(&call, tenant, &list);
    }
    if (code == LQ_EXIT_OK && invocation->json) {
        lq_json_output_print("session.list", json_pack("{s:I,s:O}", "count", (json_int_t)list.count,
                                                       "sessions", list.array));
    } else if (code == LQ_EXIT_OK) {
        lq_text_table_print(&list.table, stdout);
        lq_text_output_note(invocation, "%" PRIu64 " sessions", list.count);
    }
    lq_text_table_clear(&list.table);
    json_decref(list.array);
    lq_broker_call_close(&call);
    return code;
}

/* ---- show ---- */

static void print_session(const struct lq_session_path *path,
                          const struct lq_session_entry *session)
{
    const struct lq_session_config *config = &session->config;
    char hash[LQ_TEXT_HASH_BYTES];
    char count[32];

    printf("session    %s/%s\n", path->tenant, path->session);
    printf("frame      %s\n", lq_text_output_count(session->frame, count));
    printf("hash       %s\n", lq_text_output_hash(session->hash, 64, hash));
    printf("records    %s\n", lq_text_output_count(session->record_count, count));
    printf("steps      %s", lq_text_output_count(session->step_count, count));
    printf(" (%s grid points missed)\n", lq_text_output_count(session->missed_count, count));
    if (config->rate_numerator > 0) {
        printf("rate       %u ticks in %u s%s\n", config->rate_numerator, config->rate_denominator,
               config->attended ? ", while attended" : "");
    } else {
        printf("rate       none; %u steps a command tick\n", config->steps_per_command);
    }
    printf("seed       %" PRIu64 "\n", config->seed);
    printf("world      %g x %g m, restitution %g\n", config->width, config->height,
           (double)config->restitution);
    printf("bodies     %u\nagents     %u\nplayers    %u\nclients    %u\n", session->body_count,
           session->agent_count, session->player_count, session->client_count);
}

static json_t *session_json(const struct lq_session_path *path,
                            const struct lq_session_entry *session)
{
    return json_pack(
        "{s:s,s:s,s:I,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "tenant", path->tenant, "session",
        path->session, "frame", (json_int_t)session->frame, "hash",
        lq_json_output_hex(session->hash, sizeof session->hash), "records",
        (json_int_t)session->record_count, "steps", (json_int_t)session->step_count, "missed",
        (json_int_t)session->missed_count, "bodies", (json_int_t)session->body_count, "agents",
        (json_int_t)session->agent_count, "players", (json_int_t)session->player_count, "clients",
        (json_int_t)session->client_count, "config", lq_json_output_config(&session->config));
}

static void show_deleted(const struct lq_invocation *invocation, const struct lq_session_path *path,
                         const struct lq_session_entry *session)
{
    char hash[LQ_TEXT_HASH_BYTES];

    if (invocation->json) {
        lq_json_output_print("session.show",
                             json_pack("{s:s,s:s,s:b,s:I,s:o}", "tenant", path->tenant, "session",
                                       path->session, "deleted", 1, "frame",
                                       (json_int_t)session->frame, "hash",
                                       lq_json_output_hex(session->hash, sizeof session->hash)));
        return;
    }
    printf("session    %s/%s\nstate      deleted\nframe      %" PRIu64 "\nhash       %s\n",
           path->tenant, path->session, session->frame,
           lq_text_output_hash(session->hash, 64, hash));
}

static enum lq_exit_code show_session(struct lq_broker_call *call,
                                      const struct lq_session_path *path)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_SESSION,
                                       .tenant = lq_view_text(path->tenant),
                                       .session = lq_view_text(path->session)};
    struct lq_admin_reply reply;
    struct lq_session_life life;
    enum lq_exit_code code =
        lq_broker_call_ask(call, &request, call->invocation->arguments[0], &reply);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (reply.session_count == 0) {
        lq_text_output_error("%s/%s: no such session", path->tenant, path->session);
        return LQ_EXIT_NOT_FOUND;
    }
    if (reply.sessions[0].deleted) {
        show_deleted(call->invocation, path, &reply.sessions[0]);
        return LQ_EXIT_OK;
    }
    /* The next question ends what this one was answered. */
    json_t *document = session_json(path, &reply.sessions[0]);
    if (!call->invocation->json) {
        print_session(path, &reply.sessions[0]);
    }
    code = lq_session_life_text_ask(call, path, &life);
    if (code == LQ_EXIT_OK && call->invocation->json) {
        json_object_update_new(document, lq_session_life_text_json(&life));
        lq_json_output_print("session.show", document);
        return LQ_EXIT_OK;
    }
    if (code == LQ_EXIT_OK) {
        lq_session_life_text_print(&life);
    }
    json_decref(document);
    return code;
}

enum lq_exit_code lq_session_command_show(const struct lq_invocation *invocation)
{
    struct lq_broker_call call;
    struct lq_session_path path;

    if (!one_session(invocation, &path)) {
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = show_session(&call, &path);
    }
    lq_broker_call_close(&call);
    return code;
}

/* ---- resume ---- */

struct resumption {
    struct lq_session_path path;
    const char *tenant, *session, *parked_by; /* NULL: any */
    char stage[LQ_STAGE_NAME_BYTES_MAX + 1];
};

/* Nothing was parked: because all is well, or because a name is none. */
static enum lq_exit_code explain_nothing(struct lq_broker_call *call,
                                         const struct resumption *resumption, bool stage_known)
{
    if (resumption->parked_by != NULL && !stage_known) {
        return lq_known_names_no_stage(call, "--parked-by", resumption->parked_by);
    }
    return lq_known_names_find(call, resumption->tenant, resumption->session);
}

static enum lq_exit_code resume_sessions(struct lq_broker_call *call, struct resumption *resumption,
                                         struct lq_admin_request *request)
{
    struct lq_admin_reply reply;
    bool stage_known = false;
    bool dry_run = request->dry_run;
    enum lq_exit_code code = LQ_EXIT_OK;

    if (resumption->parked_by != NULL) {
        code = lq_known_names_stage(call, resumption->parked_by, resumption->stage, &stage_known);
        request->stage = lq_view_text(resumption->stage);
    }
    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_ask(call, request, "resume", &reply);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    uint64_t count = reply.count;
    if (count == 0) {
        code = explain_nothing(call, resumption, stage_known);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (call->invocation->json) {
        lq_json_output_print("session.resume", json_pack("{s:I,s:b}", "count", (json_int_t)count,
                                                         "dry_run", (int)dry_run));
    } else {
        printf("%" PRIu64 " sessions %s\n", count, dry_run ? "would be resumed" : "resumed");
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_session_command_resume(const struct lq_invocation *invocation)
{
    bool all = lq_invocation_value(invocation, "all") != NULL;
    struct resumption resumption = {.tenant = lq_invocation_value(invocation, "tenant"),
                                    .parked_by = lq_invocation_value(invocation, "parked-by")};
    struct lq_broker_call call;
    struct lq_admin_request request = {.kind = LQ_ADMIN_RESUME_SESSIONS,
                                       .dry_run = invocation->dry_run};
    bool by_filter = resumption.tenant != NULL || resumption.parked_by != NULL || all;

    if (by_filter == (invocation->argument_count > 0)) {
        lq_text_output_error("name one session, or --tenant, --parked-by or --all");
        return LQ_EXIT_USAGE;
    }
    if (!by_filter) {
        if (!one_session(invocation, &resumption.path)) {
            return LQ_EXIT_USAGE;
        }
        resumption.tenant = resumption.path.tenant;
        resumption.session = resumption.path.session;
        request.session = lq_view_text(resumption.session);
    }
    request.all = by_filter;
    if (resumption.tenant != NULL) {
        if (!lq_tenant_name_valid(lq_view_text(resumption.tenant))) {
            lq_text_output_error("--tenant %s is no name of a tenant: 1 to %d of [A-Za-z0-9._-]",
                                 resumption.tenant, LQ_TENANT_NAME_BYTES_MAX);
            return LQ_EXIT_USAGE;
        }
        request.tenant = lq_view_text(resumption.tenant);
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = resume_sessions(&call, &resumption, &request);
    }
    lq_broker_call_close(&call);
    return code;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant delete: each session is stopped and deleted, then the tenant shredded. Whoever was
 * interrupted in between says it again. */
#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/name_pages.h"
#include "cli/session_end.h"
#include "cli/tenant_shred.h"
#include "cli/text_output.h"

#include <inttypes.h>
#include <stdlib.h>

/* The sessions that are not deleted yet. */
struct sessions {
    char (*names)[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint32_t count, count_max;
    uint32_t deleted; /* before this command */
};

static void gather(void *context, const char *tenant, const struct lq_session_entry *session)
{
    struct sessions *sessions = context;

    (void)tenant;
    if (session->deleted || session->name.bytes > LQ_SESSION_NAME_BYTES_MAX) {
        sessions->deleted++;
        return;
    }
    if (sessions->count == sessions->count_max) {
        sessions->count_max = sessions->count_max == 0 ? 64 : 2 * sessions->count_max;
        sessions->names = lq_realloc(sessions->names, sessions->count_max, sizeof *sessions->names);
    }
    char *name = sessions->names[sessions->count++];
    memcpy(name, session->name.data, session->name.bytes);
    name[session->name.bytes] = '\0';
}

static enum lq_exit_code stop(struct lq_broker_call *call, const char *tenant, const char *session)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_CHANGE_SESSION,
                                       .tenant = lq_view_text(tenant),
                                       .session = lq_view_text(session),
                                       .has_change = true,
                                       .change = {.sets_stopped = true, .stopped = true}};
    struct lq_admin_reply reply;

    return lq_broker_call_ask(call, &request, session, &reply);
}

static enum lq_exit_code delete_sessions(struct lq_broker_call *call, const char *tenant,
                                         const struct sessions *sessions)
{
    enum lq_exit_code code = LQ_EXIT_OK;
    struct lq_session_entry entry;

    for (uint32_t index = 0; code == LQ_EXIT_OK && index < sessions->count; index++) {
        code = stop(call, tenant, sessions->names[index]);
        if (code == LQ_EXIT_OK) {
            code = lq_session_end_ask(call, tenant, sessions->names[index], &entry);
        }
        if (code != LQ_EXIT_OK && index > 0) {
            lq_text_output_error("%s: %" PRIu32 " of its sessions are deleted; say it again",
                                 tenant, index);
            code = LQ_EXIT_PARTLY;
        }
    }
    return code;
}

static void report(const struct lq_invocation *invocation, const struct lq_tenant_shred *shred,
                   const struct sessions *sessions)
{
    bool dry_run = invocation->dry_run;

    if (invocation->json) {
        lq_json_output_print("tenant.delete",
                             json_pack("{s:s,s:b,s:b,s:I,s:I}", "tenant", shred->tenant, "dry_run",
                                       (int)dry_run, "was_shredded", (int)shred->was_shredded,
                                       "sessions", (json_int_t)sessions->count, "letters",
                                       (json_int_t)shred->letters));
        return;
    }
    printf("tenant %s %s: %" PRIu32 " sessions %s, %" PRIu64 " dead letters %s\n", shred->tenant,
           dry_run ? "would be deleted" : "deleted", sessions->count,
           dry_run ? "would be deleted" : "deleted", shred->letters,
           dry_run ? "would be purged" : "purged");
}

static enum lq_exit_code carry_out(struct lq_broker_call *call, struct lq_tenant_shred *shred,
                                   struct sessions *sessions)
{
    const struct lq_invocation *invocation = call->invocation;
    enum lq_exit_code code = lq_tenant_shred_look(call, shred);

    if (code == LQ_EXIT_OK) {
        code = lq_name_pages_sessions(call, shred->tenant, gather, sessions);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    bool is_left = !shred->was_shredded || sessions->count > 0;
    if (is_left && !invocation->dry_run &&
        !lq_text_output_confirm(invocation,
                                "Delete tenant %s with %" PRIu32
                                " sessions, here and in every copy of its keys, for ever?",
                                shred->tenant, sessions->count)) {
        lq_text_output_note(invocation, "nothing was deleted");
        return LQ_EXIT_FAILED;
    }
    if (!invocation->dry_run) {
        code = delete_sessions(call, shred->tenant, sessions);
    }
    if (code == LQ_EXIT_OK) {
        code = lq_tenant_shred_do(call, shred);
    }
    if (code == LQ_EXIT_OK) {
        report(invocation, shred, sessions);
    }
    return code;
}

enum lq_exit_code lq_tenant_delete_run(const struct lq_invocation *invocation)
{
    struct sessions sessions = {.count = 0};
    struct lq_broker_call call;

    if (invocation->argument_count != 1 ||
        !lq_tenant_name_valid(lq_view_text(invocation->arguments[0]))) {
        lq_text_output_error("name one tenant: 1 to %d of [A-Za-z0-9._-], no dot first",
                             LQ_TENANT_NAME_BYTES_MAX);
        return LQ_EXIT_USAGE;
    }
    struct lq_tenant_shred shred = {.tenant = invocation->arguments[0]};
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = carry_out(&call, &shred, &sessions);
    }
    free(sessions.names);
    lq_broker_call_close(&call);
    return code;
}

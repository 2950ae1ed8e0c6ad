// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant shred: the tenant's keys are destroyed, which is one transaction and final; then what the
 * broker keeps of it goes. Whoever was interrupted between the two says it again. */
#include "cli/tenant_shred.h"

#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/session_end.h"
#include "cli/tenant_ledger.h"
#include "cli/text_output.h"

#include <inttypes.h>

/* A parked session asks no stage, so it would not hear that its tenant is no more. */
static enum lq_exit_code resume(struct lq_broker_call *call, struct lq_tenant_shred *shred)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_RESUME_SESSIONS,
                                       .tenant = lq_view_text(shred->tenant),
                                       .all = true,
                                       .dry_run = call->invocation->dry_run};
    struct lq_admin_reply reply;
    enum lq_exit_code code = lq_broker_call_ask(call, &request, "resume", &reply);

    shred->resumed = code == LQ_EXIT_OK ? reply.count : 0;
    return code;
}

enum lq_exit_code lq_tenant_shred_look(struct lq_broker_call *call, struct lq_tenant_shred *shred)
{
    struct lq_tenant_entry tenant = {.shredded = false};
    enum lq_exit_code code = lq_tenant_ledger_ask(call, shred->tenant, &tenant);

    shred->was_shredded = code == LQ_EXIT_OK && tenant.shredded;
    return code;
}

static enum lq_exit_code destroy_keys(struct lq_broker_call *call, struct lq_tenant_shred *shred)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHRED_TENANT,
                                       .tenant = lq_view_text(shred->tenant)};
    struct lq_admin_reply reply;

    return call->invocation->dry_run ? LQ_EXIT_OK
                                     : lq_broker_call_ask(call, &request, shred->tenant, &reply);
}

enum lq_exit_code lq_tenant_shred_do(struct lq_broker_call *call, struct lq_tenant_shred *shred)
{
    enum lq_exit_code code = destroy_keys(call, shred);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    code = resume(call, shred);
    if (code == LQ_EXIT_OK) {
        code = lq_session_end_letters(call, shred->tenant, NULL, &shred->letters);
    }
    if (code != LQ_EXIT_OK && !call->invocation->dry_run) {
        lq_text_output_error("%s: its keys are destroyed; say it again for what the broker keeps",
                             shred->tenant);
        return LQ_EXIT_PARTLY;
    }
    return code;
}

static void report(const struct lq_invocation *invocation, const struct lq_tenant_shred *shred)
{
    if (invocation->json) {
        lq_json_output_print(
            "tenant.shred",
            json_pack("{s:s,s:b,s:b,s:I,s:I}", "tenant", shred->tenant, "dry_run",
                      (int)invocation->dry_run, "was_shredded", (int)shred->was_shredded, "letters",
                      (json_int_t)shred->letters, "resumed", (json_int_t)shred->resumed));
        return;
    }
    printf("tenant %s %s: %" PRIu64 " dead letters %s, %" PRIu64 " sessions parked no more\n",
           shred->tenant,
           shred->was_shredded   ? "was shredded before"
           : invocation->dry_run ? "would be shredded"
                                 : "shredded",
           shred->letters, invocation->dry_run ? "would be purged" : "purged", shred->resumed);
}

static enum lq_exit_code carry_out(struct lq_broker_call *call, struct lq_tenant_shred *shred)
{
    enum lq_exit_code code = lq_tenant_shred_look(call, shred);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (!shred->was_shredded && !call->invocation->dry_run &&
        !lq_text_output_confirm(call->invocation,
                                "Destroy the contents of tenant %s, here and in every copy of its "
                                "keys, for ever?",
                                shred->tenant)) {
        lq_text_output_note(call->invocation, "nothing was destroyed");
        return LQ_EXIT_FAILED;
    }
    code = lq_tenant_shred_do(call, shred);
    if (code == LQ_EXIT_OK) {
        report(call->invocation, shred);
    }
    return code;
}

enum lq_exit_code lq_tenant_shred_run(const struct lq_invocation *invocation)
{
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
        code = carry_out(&call, &shred);
    }
    lq_broker_call_close(&call);
    return code;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant retention: for how long a tenant's frames are kept. */
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/tenant_ledger.h"
#include "cli/text_output.h"
#include "store/core/retention.h"

static void report(const struct lq_invocation *invocation, const struct lq_tenant_entry *tenant,
                   bool changed)
{
    char span[LQ_RETENTION_TEXT_BYTES];

    lq_retention_text(tenant->retention_s, span);
    if (invocation->json) {
        lq_json_output_print("tenant.retention",
                             json_pack("{s:s,s:o,s:b,s:b,s:b}", "tenant", invocation->arguments[0],
                                       "frames_s",
                                       tenant->retention_s == LQ_RETENTION_FOREVER
                                           ? json_null()
                                           : lq_json_output_number(tenant->retention_s),
                                       "own", (int)tenant->own_retention, "changed", (int)changed,
                                       "dry_run", (int)invocation->dry_run));
        return;
    }
    printf("frames    %s  (%s)\n", span,
           tenant->own_retention ? "set for this tenant" : "as configured for all");
}

static enum lq_exit_code set_retention(struct lq_broker_call *call, uint64_t seconds,
                                       struct lq_tenant_entry *tenant, bool *changed)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SET_RETENTION,
                                       .tenant = lq_view_text(call->invocation->arguments[0]),
                                       .retention_s = seconds};
    struct lq_admin_reply reply;
    enum lq_exit_code code =
        lq_broker_call_ask(call, &request, call->invocation->arguments[0], &reply);

    if (code == LQ_EXIT_OK) {
        *changed = reply.count > 0;
        tenant->own_retention = true;
        tenant->retention_s = seconds;
    }
    return code;
}

/* Older frames go for ever as soon as it is less than it was. */
static bool is_less(uint64_t seconds, uint64_t before)
{
    return seconds != LQ_RETENTION_FOREVER && (before == LQ_RETENTION_FOREVER || seconds < before);
}

static enum lq_exit_code change(struct lq_broker_call *call, const char *text, uint64_t seconds)
{
    const struct lq_invocation *invocation = call->invocation;
    const char *name = invocation->arguments[0];
    struct lq_tenant_entry tenant;
    bool changed = false;
    enum lq_exit_code code = lq_tenant_ledger_ask(call, name, &tenant);

    if (code != LQ_EXIT_OK) {
        return code == LQ_EXIT_NOT_FOUND || code == LQ_EXIT_UNREACHABLE
                   ? code
                   : lq_tenant_ledger_missed(name);
    }
    if (text != NULL && !invocation->dry_run) {
        if (is_less(seconds, tenant.retention_s) &&
            !lq_text_output_confirm(invocation,
                                    "Drop frames of tenant %s that are older than %s, "
                                    "for ever?",
                                    name, text)) {
            lq_text_output_note(invocation, "nothing was changed");
            return LQ_EXIT_FAILED;
        }
        code = set_retention(call, seconds, &tenant, &changed);
    }
    if (code == LQ_EXIT_OK) {
        report(invocation, &tenant, changed);
    }
    return code;
}

enum lq_exit_code lq_tenant_retention_run(const struct lq_invocation *invocation)
{
    const char *text = lq_invocation_value(invocation, "frames");
    struct lq_broker_call call;
    uint64_t seconds = 0;

    if (invocation->argument_count != 1 ||
        !lq_tenant_name_valid(lq_view_text(invocation->arguments[0]))) {
        lq_text_output_error("name one tenant: 1 to %d of [A-Za-z0-9._-], no dot first",
                             LQ_TENANT_NAME_BYTES_MAX);
        return LQ_EXIT_USAGE;
    }
    enum lq_result result = text == NULL ? LQ_OK : lq_retention_parse(lq_view_text(text), &seconds);
    if (result != LQ_OK) {
        lq_text_output_error("--frames %s %s", text,
                             result == LQ_ERR_LIMIT ? "is out of range: 1m to 36500d, or forever"
                                                    : "is no span: 90m, 36h, 7d, 2w, or forever");
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = change(&call, text, seconds);
    }
    lq_broker_call_close(&call);
    return code;
}

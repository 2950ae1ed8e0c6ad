// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/tenant_ledger.h"

#include "cli/text_output.h"

/* Whoever asks why a tenant waits shall not wait for a cluster that is full. */
enum { LEDGER_WAIT_MS = 2000 };

enum lq_exit_code lq_tenant_ledger_ask(const struct lq_broker_call *call, const char *name,
                                       struct lq_tenant_entry *tenant)
{
    struct lq_invocation brief = *call->invocation;
    struct lq_broker_call asked = *call; /* the same client and arena */
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_TENANT, .tenant = lq_view_text(name)};
    struct lq_admin_reply reply;

    if (!brief.timeout_given && brief.timeout_ms > LEDGER_WAIT_MS) {
        brief.timeout_ms = LEDGER_WAIT_MS;
    }
    asked.invocation = &brief;
    enum lq_exit_code code = lq_broker_call_ask(&asked, &request, name, &reply);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (reply.tenant_count == 0) {
        lq_text_output_error("%s: no such tenant", name);
        return LQ_EXIT_NOT_FOUND;
    }
    *tenant = reply.tenants[0];
    tenant->name = lq_view_text(name);
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_tenant_ledger_missed(const char *name)
{
    lq_text_output_error(
        "%s: this is what the broker knows; no actor of load said what the ledger knows", name);
    return LQ_EXIT_PARTLY;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/tenant_ledger.h"
#include "cli/text_output.h"

#include <stdio.h>

/* What the command line asks for. False: `message` says what is wrong with it. */
static bool read_change(const char *text, struct lq_event_subscription *change,
                        struct lq_error_message *message)
{
    struct lq_view list = lq_view_text(text);
    char reason[LQ_REASON_BYTES_MAX];

    *change = (struct lq_event_subscription){.own = strcmp(text, "default") != 0};
    if (!change->own) {
        return true;
    }
    if (lq_event_subscription_check(list, reason) != LQ_OK) {
        lq_error_message_set(message, "%s", reason);
        return false;
    }
    memcpy(change->text, list.data, list.bytes);
    return true;
}

static void print(const struct lq_invocation *invocation, const char *name,
                  const struct lq_event_subscription *events)
{
    const char *list = events->own ? events->text : LQ_EVENT_SUBSCRIPTION_USUAL;

    if (invocation->json) {
        lq_json_output_print("tenant.events", json_pack("{s:s,s:b,s:b,s:s}", "tenant", name,
                                                        "dry_run", (int)invocation->dry_run, "own",
                                                        (int)events->own, "events", list));
    } else {
        printf("%s, %s\n", list, events->own ? "for this tenant" : "by default");
    }
}

/* Without a change: as it is. */
static enum lq_exit_code ask(struct lq_broker_call *call, const char *name,
                             const struct lq_event_subscription *change)
{
    struct lq_admin_request request = {.kind = change != NULL ? LQ_ADMIN_SET_EVENTS
                                                              : LQ_ADMIN_SHOW_EVENTS,
                                       .tenant = lq_view_text(name),
                                       .dry_run = call->invocation->dry_run};
    struct lq_admin_reply reply;
    struct lq_tenant_entry tenant;
    enum lq_exit_code code = lq_tenant_ledger_ask(call, name, &tenant);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (change != NULL) {
        request.has_events = true;
        request.events = *change;
    }
    code = lq_broker_call_ask(call, &request, name, &reply);
    if (code == LQ_EXIT_OK && !reply.has_events) {
        lq_text_output_error("%s: the broker's answer holds no events", name);
        code = LQ_EXIT_FAILED;
    }
    if (code == LQ_EXIT_OK) {
        print(call->invocation, name, &reply.events);
    }
    return code;
}

enum lq_exit_code lq_event_change_run(const struct lq_invocation *invocation)
{
    bool changes = invocation->argument_count == 2;
    struct lq_event_subscription change;
    struct lq_error_message message = {""};
    struct lq_broker_call call;

    if (invocation->argument_count < 1 || invocation->argument_count > 2 ||
        !lq_tenant_name_valid(lq_view_text(invocation->arguments[0]))) {
        lq_text_output_error("name one tenant, and a list of events to set, or default");
        return LQ_EXIT_USAGE;
    }
    if (changes && !read_change(invocation->arguments[1], &change, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = ask(&call, invocation->arguments[0], changes ? &change : NULL);
    }
    lq_broker_call_close(&call);
    return code;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/durability_text.h"
#include "cli/json_output.h"
#include "cli/tenant_ledger.h"
#include "cli/text_output.h"

#include <stdio.h>

/* What the command line asks for. False: `message` says what is wrong with it. */
static bool read_change(const struct lq_invocation *invocation, struct lq_durability *durability,
                        struct lq_error_message *message)
{
    const struct lq_number_range flush = {1, LQ_DURABILITY_FLUSH_MS_MAX, 0};
    const struct lq_number_range history = {1, LQ_DURABILITY_HISTORY_DAYS_MAX, 0};
    const char *policy = invocation->arguments[1];
    bool gives_back = strcmp(policy, "default") == 0;
    uint64_t flush_ms;
    uint64_t history_days;

    durability->own = !gives_back;
    durability->policy =
        gives_back ? LQ_DURABILITY_LOCAL : lq_durability_find(lq_view_text(policy));
    if (durability->policy == 0) {
        lq_error_message_set(message, "%s: must be local, mirrored or default", policy);
        return false;
    }
    if (gives_back && (lq_invocation_value(invocation, "flush-ms") != NULL ||
                       lq_invocation_value(invocation, "history-days") != NULL)) {
        lq_error_message_set(message, "default: takes no --flush-ms and no --history-days");
        return false;
    }
    if (!lq_invocation_number(invocation, "flush-ms", flush, &flush_ms, message) ||
        !lq_invocation_number(invocation, "history-days", history, &history_days, message)) {
        return false;
    }
    durability->flush_ms = (uint32_t)flush_ms;
    durability->history_days = (uint32_t)history_days;
    return true;
}

static void print(const struct lq_invocation *invocation, const char *name,
                  const struct lq_durability *durability)
{
    char text[LQ_DURABILITY_TEXT_BYTES_MAX];

    if (invocation->json) {
        lq_json_output_print("tenant.durability",
                             json_pack("{s:s,s:b,s:o}", "tenant", name, "dry_run",
                                       (int)invocation->dry_run, "durability",
                                       lq_durability_text_json(durability)));
    } else {
        printf("%s\n", lq_durability_text(durability, text));
    }
}

/* Without a change: as it is. */
static enum lq_exit_code ask(struct lq_broker_call *call, const char *name,
                             const struct lq_durability *change)
{
    struct lq_admin_request request = {.kind = change != NULL ? LQ_ADMIN_SET_DURABILITY
                                                              : LQ_ADMIN_SHOW_DURABILITY,
                                       .tenant = lq_view_text(name),
                                       .dry_run = call->invocation->dry_run};
    struct lq_admin_reply reply;
    struct lq_tenant_entry tenant;
    enum lq_exit_code code = lq_tenant_ledger_ask(call, name, &tenant);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (change != NULL) {
        request.has_durability = true;
        request.durability = *change;
    }
    code = lq_broker_call_ask(call, &request, name, &reply);
    if (code == LQ_EXIT_OK && !reply.has_durability) {
        lq_text_output_error("%s: the broker's answer holds no durability", name);
        code = LQ_EXIT_FAILED;
    }
    if (code == LQ_EXIT_OK) {
        print(call->invocation, name, &reply.durability);
    }
    return code;
}

enum lq_exit_code lq_durability_change_run(const struct lq_invocation *invocation)
{
    bool changes = invocation->argument_count == 2;
    struct lq_durability durability = {.own = false};
    struct lq_error_message message = {""};
    struct lq_broker_call call;

    if (invocation->argument_count < 1 || invocation->argument_count > 2 ||
        !lq_tenant_name_valid(lq_view_text(invocation->arguments[0]))) {
        lq_text_output_error("name one tenant, and a policy to set: local, mirrored or default");
        return LQ_EXIT_USAGE;
    }
    if (!changes && (lq_invocation_value(invocation, "flush-ms") != NULL ||
                     lq_invocation_value(invocation, "history-days") != NULL)) {
        lq_text_output_error("name a policy as well: local or mirrored");
        return LQ_EXIT_USAGE;
    }
    if (changes && !read_change(invocation, &durability, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = ask(&call, invocation->arguments[0], changes ? &durability : NULL);
    }
    lq_broker_call_close(&call);
    return code;
}

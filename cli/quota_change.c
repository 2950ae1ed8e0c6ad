// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "base/option_table.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/text_table.h"
#include "proto/quota.h"

#include <inttypes.h>

/* N, none or default. */
static bool read_limit(const char *text, enum lq_quota_kind kind, struct lq_quota_change *change,
                       struct lq_error_message *message)
{
    uint32_t bit = UINT32_C(1) << kind;
    char key[32];
    const struct lq_option option = {.key = key,
                                     .type = LQ_OPTION_NUMBER,
                                     .unit = "",
                                     .least = 1,
                                     .most = lq_quota_most(kind),
                                     .usual = "1"};
    struct lq_error_message why = {""};

    change->given |= bit;
    if (strcmp(text, "default") == 0) {
        return true;
    }
    change->to.own |= bit;
    if (strcmp(text, "none") == 0 && lq_quota_valid(kind, LQ_QUOTA_NO_LIMIT)) {
        change->to.limits[kind] = LQ_QUOTA_NO_LIMIT;
        return true;
    }
    snprintf(key, sizeof key, "--%s", lq_quota_name(kind));
    if (lq_option_table_set(&option, 1, &change->to.limits[kind], key, text, &why) != LQ_OK) {
        lq_error_message_set(message, "%s; or say %sdefault", why.text,
                             lq_quota_valid(kind, LQ_QUOTA_NO_LIMIT) ? "none or " : "");
        return false;
    }
    return true;
}

static bool read_change(const struct lq_invocation *invocation, struct lq_quota_change *change,
                        struct lq_error_message *message)
{
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        const char *text = lq_invocation_value(invocation, lq_quota_name((enum lq_quota_kind)kind));
        if (text != NULL && !read_limit(text, (enum lq_quota_kind)kind, change, message)) {
            return false;
        }
    }
    return true;
}

/* The broker would keep quotas for any name: who mistypes one must hear of it. */
static enum lq_exit_code find_tenant(struct lq_broker_call *call, const char *name)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_TENANT, .tenant = lq_view_text(name)};
    struct lq_admin_reply reply;
    enum lq_exit_code code = lq_broker_call_ask(call, &request, name, &reply);

    if (code == LQ_EXIT_OK && reply.tenant_count == 0) {
        lq_text_output_error("%s: no such tenant", name);
        code = LQ_EXIT_NOT_FOUND;
    }
    return code;
}

static json_t *quotas_json(const struct lq_quota *quota)
{
    json_t *quotas = json_object();

    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        uint64_t limit = quota->limits[kind];
        json_object_set_new(
            quotas, lq_quota_name((enum lq_quota_kind)kind),
            json_pack("{s:o,s:b}", "limit",
                      limit == LQ_QUOTA_NO_LIMIT ? json_null() : lq_json_output_number(limit),
                      "own", (int)lq_quota_is_own(quota, (enum lq_quota_kind)kind)));
    }
    return quotas;
}

static void print_quotas(const struct lq_quota *quota)
{
    struct lq_text_table table = {.column_count = 3};

    lq_text_table_add(&table, "QUOTA");
    lq_text_table_add(&table, ">LIMIT");
    lq_text_table_add(&table, "SET");
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        lq_text_table_add(&table, "%s", lq_quota_name((enum lq_quota_kind)kind));
        if (quota->limits[kind] == LQ_QUOTA_NO_LIMIT) {
            lq_text_table_add(&table, "none");
        } else {
            lq_text_table_add(&table, "%" PRIu64, quota->limits[kind]);
        }
        lq_text_table_add(&table, "%s",
                          lq_quota_is_own(quota, (enum lq_quota_kind)kind) ? "for this tenant"
                                                                           : "by default");
    }
    lq_text_table_print(&table, stdout);
}

static enum lq_exit_code change_quotas(struct lq_broker_call *call, const char *name,
                                       const struct lq_quota_change *change)
{
    bool dry_run = call->invocation->dry_run;
    struct lq_admin_request request = {.kind = LQ_ADMIN_SET_QUOTA,
                                       .tenant = lq_view_text(name),
                                       .dry_run = dry_run,
                                       .has_quota = true,
                                       .quota = *change};
    struct lq_admin_reply reply;
    enum lq_exit_code code = find_tenant(call, name);

    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_ask(call, &request, name, &reply);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (!reply.has_quota) {
        lq_text_output_error("%s: the broker's answer holds no quotas", name);
        return LQ_EXIT_FAILED;
    }
    if (call->invocation->json) {
        lq_json_output_print("tenant.quota",
                             json_pack("{s:s,s:b,s:o}", "tenant", name, "dry_run", (int)dry_run,
                                       "quotas", quotas_json(&reply.quota)));
    } else {
        print_quotas(&reply.quota);
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_quota_change_run(const struct lq_invocation *invocation)
{
    struct lq_quota_change change = {0};
    struct lq_error_message message = {""};
    struct lq_broker_call call;

    if (invocation->argument_count != 1 ||
        !lq_tenant_name_valid(lq_view_text(invocation->arguments[0]))) {
        int last = invocation->argument_count - 1;
        lq_text_output_error("%s%sname one tenant: 1 to %d of [A-Za-z0-9._-], no dot first",
                             last >= 0 ? invocation->arguments[last] : "", last >= 0 ? ": " : "",
                             LQ_TENANT_NAME_BYTES_MAX);
        return LQ_EXIT_USAGE;
    }
    if (!read_change(invocation, &change, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = change_quotas(&call, invocation->arguments[0], &change);
    }
    lq_broker_call_close(&call);
    return code;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/durability_text.h"
#include "cli/json_output.h"
#include "cli/name_pages.h"
#include "cli/tenant_ledger.h"
#include "cli/tenant_text.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

#include <inttypes.h>

static bool one_tenant(const struct lq_invocation *invocation)
{
    if (invocation->argument_count == 1 &&
        lq_tenant_name_valid(lq_view_text(invocation->arguments[0]))) {
        return true;
    }
    int last = invocation->argument_count - 1;
    lq_text_output_error("%s%sname one tenant: 1 to %d of [A-Za-z0-9._-], no dot first",
                         last >= 0 ? invocation->arguments[last] : "", last >= 0 ? ": " : "",
                         LQ_TENANT_NAME_BYTES_MAX);
    return false;
}

static enum lq_exit_code create_tenant(struct lq_broker_call *call, const char *name)
{
    bool dry_run = call->invocation->dry_run;
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_CREATE_TENANT, .tenant = lq_view_text(name), .dry_run = dry_run};
    struct lq_admin_reply reply;

    if (!dry_run) {
        enum lq_exit_code code = lq_broker_call_ask(call, &request, name, &reply);
        if (code != LQ_EXIT_OK) {
            return code;
        }
    }
    if (call->invocation->json) {
        lq_json_output_print("tenant.create", json_pack("{s:s,s:b,s:i}", "tenant", name, "dry_run",
                                                        dry_run, "count", 1));
    } else {
        printf("tenant %s %s\n", name, dry_run ? "would be created" : "created");
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_tenant_command_create(const struct lq_invocation *invocation)
{
    struct lq_broker_call call;

    if (!one_tenant(invocation)) {
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = create_tenant(&call, invocation->arguments[0]);
    }
    lq_broker_call_close(&call);
    return code;
}

static json_t *tenant_json(const struct lq_tenant_entry *tenant)
{
    return json_pack("{s:o,s:I,s:b}", "tenant", lq_json_output_text(tenant->name), "number",
                     (json_int_t)tenant->number, "shredded", (int)tenant->shredded);
}

struct tenant_list {
    json_t *array;
    struct lq_text_table table;
    uint64_t count;
};

static void list_tenant(void *context, const struct lq_tenant_entry *tenant)
{
    struct tenant_list *list = context;

    list->count++;
    json_array_append_new(list->array, tenant_json(tenant));
    lq_text_table_add(&list->table, "%.*s", (int)tenant->name.bytes,
                      (const char *)tenant->name.data);
    lq_text_table_add(&list->table, "%" PRIu64, tenant->number);
}

enum lq_exit_code lq_tenant_command_list(const struct lq_invocation *invocation)
{
    struct lq_broker_call call;
    struct tenant_list list = {.array = json_array(), .table = {.column_count = 2}};

    lq_text_table_add(&list.table, "TENANT");
    lq_text_table_add(&list.table, ">NUMBER");
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = lq_name_pages_tenants(&call, list_tenant, &list);
    }
    if (code == LQ_EXIT_OK && invocation->json) {
        lq_json_output_print("tenant.list", json_pack("{s:I,s:O}", "count", (json_int_t)list.count,
                                                      "tenants", list.array));
    } else if (code == LQ_EXIT_OK) {
        lq_text_table_print(&list.table, stdout);
        lq_text_output_note(invocation, "%" PRIu64 " tenants", list.count);
    }
    lq_text_table_clear(&list.table);
    json_decref(list.array);
    lq_broker_call_close(&call);
    return code;
}

/* What is said of one beside its load. */
struct shown {
    const char *name;
    struct lq_tenant_entry entry; /* number 0: not known */
    struct lq_durability durability;
};

static void print_shown(const struct lq_broker_call *call, const struct shown *shown,
                        const struct lq_tenant_load *load)
{
    char durability[LQ_DURABILITY_TEXT_BYTES_MAX];
    uint64_t number = shown->entry.number;

    if (call->invocation->json) {
        json_t *document = lq_tenant_text_json(load);
        json_object_set_new(document, "number",
                            number > 0 ? lq_json_output_number(number) : json_null());
        json_object_set_new(document, "shredded", json_boolean(shown->entry.shredded));
        json_object_set_new(document, "durability", lq_durability_text_json(&shown->durability));
        json_object_set_new(document, "why", lq_tenant_text_reasons_json(load));
        lq_json_output_print("tenant.show", document);
        return;
    }
    if (number > 0) {
        printf("tenant    %s\nnumber    %" PRIu64 "\n", shown->name, number);
    } else {
        printf("tenant    %s\nnumber    not known\n", shown->name);
    }
    if (shown->entry.shredded) {
        printf("contents  destroyed: nothing of it can be read or written\n");
    }
    printf("kept      %s\n", lq_durability_text(&shown->durability, durability));
    lq_tenant_text_print(load, stdout);
}

static enum lq_exit_code show_tenant(struct lq_broker_call *call, const char *name)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_LIST_LOADS, .tenant = lq_view_text(name)};
    struct lq_admin_request of_durability = {.kind = LQ_ADMIN_SHOW_DURABILITY,
                                             .tenant = lq_view_text(name)};
    struct lq_admin_reply reply;
    struct shown shown = {.name = name};
    enum lq_exit_code known = lq_tenant_ledger_ask(call, name, &shown.entry);

    if (known == LQ_EXIT_NOT_FOUND || known == LQ_EXIT_UNREACHABLE) {
        return known;
    }
    enum lq_exit_code code = lq_broker_call_ask(call, &of_durability, name, &reply);
    if (code == LQ_EXIT_OK) {
        shown.durability = reply.durability;
        code = lq_broker_call_ask(call, &request, name, &reply);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (reply.load_count != 1) {
        lq_text_output_error("%s: the broker's answer holds no load", name);
        return LQ_EXIT_FAILED;
    }
    print_shown(call, &shown, &reply.loads[0]);
    return known == LQ_EXIT_OK ? LQ_EXIT_OK : lq_tenant_ledger_missed(name);
}

enum lq_exit_code lq_tenant_command_show(const struct lq_invocation *invocation)
{
    struct lq_broker_call call;

    if (!one_tenant(invocation)) {
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = show_tenant(&call, invocation->arguments[0]);
    }
    lq_broker_call_close(&call);
    return code;
}

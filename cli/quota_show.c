// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/tenant_ledger.h"
#include "cli/tenant_text.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

struct quota_list {
    json_t *array;
    struct lq_text_table table;
    uint32_t count;
};

/* A number, or - where there is nothing to say. */
static void add_number(struct lq_text_table *table, bool shown, uint64_t number)
{
    char text[32];

    lq_text_table_add(table, "%s", shown ? lq_text_output_count(number, text) : "-");
}

static void list_load(struct quota_list *list, const struct lq_tenant_load *load)
{
    list->count++;
    json_array_append_new(list->array, lq_tenant_text_json(load));
    for (uint32_t index = 0; index < load->quota_count; index++) {
        const struct lq_quota_use *use = &load->quotas[index];
        bool is_weight = lq_view_equal(use->name, lq_view_text(lq_quota_name(LQ_QUOTA_WEIGHT)));
        bool bounded = use->limit != LQ_QUOTA_NO_LIMIT;
        lq_text_table_add(&list->table, "%.*s", (int)load->name.bytes,
                          (const char *)load->name.data);
        lq_text_table_add(&list->table, "%.*s", (int)use->name.bytes, (const char *)use->name.data);
        add_number(&list->table, bounded, use->limit);
        lq_text_table_add(&list->table, "%s", use->own ? "own" : "default");
        add_number(&list->table, !is_weight, use->used);
        add_number(&list->table, !is_weight && bounded, use->left);
        add_number(&list->table, !is_weight, use->refused);
    }
}

static enum lq_exit_code list_all(struct lq_broker_call *call, struct quota_list *list)
{
    char after[LQ_TENANT_NAME_BYTES_MAX];
    struct lq_admin_request request = {.kind = LQ_ADMIN_LIST_LOADS,
                                       .count_max = LQ_ADMIN_LOADS_MAX};
    struct lq_admin_reply reply;

    do {
        enum lq_exit_code code = lq_broker_call_ask(call, &request, "quotas", &reply);
        if (code != LQ_EXIT_OK) {
            return code;
        }
        for (uint32_t index = 0; index < reply.load_count; index++) {
            list_load(list, &reply.loads[index]);
        }
        if (reply.load_count > 0) {
            struct lq_view last = lq_view_cut(reply.loads[reply.load_count - 1].name, sizeof after);
            memcpy(after, last.data, last.bytes);
            request.after = lq_view_of(after, last.bytes);
        }
    } while (reply.more && reply.load_count > 0);
    return LQ_EXIT_OK;
}

/* The broker answers for any name; whether there is such a tenant the ledger knows. */
static enum lq_exit_code list_one(struct lq_broker_call *call, const char *name,
                                  struct quota_list *list)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_LIST_LOADS, .tenant = lq_view_text(name)};
    struct lq_admin_reply reply;
    struct lq_tenant_entry tenant;
    enum lq_exit_code known = lq_tenant_ledger_ask(call, name, &tenant);

    if (known == LQ_EXIT_NOT_FOUND || known == LQ_EXIT_UNREACHABLE) {
        return known;
    }
    enum lq_exit_code code = lq_broker_call_ask(call, &request, name, &reply);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (reply.load_count != 1) {
        lq_text_output_error("%s: the broker's answer holds no quotas", name);
        return LQ_EXIT_FAILED;
    }
    list_load(list, &reply.loads[0]);
    return known == LQ_EXIT_OK ? LQ_EXIT_OK : lq_tenant_ledger_missed(name);
}

static enum lq_exit_code list_quotas(struct lq_broker_call *call, struct quota_list *list)
{
    const struct lq_invocation *invocation = call->invocation;
    enum lq_exit_code code = invocation->argument_count == 0
                                 ? list_all(call, list)
                                 : list_one(call, invocation->arguments[0], list);

    bool listed = code == LQ_EXIT_OK || code == LQ_EXIT_PARTLY;
    if (listed && invocation->json) {
        lq_json_output_print("quota.show", json_pack("{s:I,s:O}", "count", (json_int_t)list->count,
                                                     "tenants", list->array));
    } else if (listed) {
        lq_text_table_print(&list->table, stdout);
        if (invocation->argument_count == 0) {
            lq_text_output_note(invocation,
                                "%u tenants that the broker knows at the moment; any other has the "
                                "defaults",
                                list->count);
        }
    }
    return code;
}

enum lq_exit_code lq_quota_show_run(const struct lq_invocation *invocation)
{
    static const char *const headings[] = {"TENANT", "QUOTA", ">LIMIT",  "FROM",
                                           ">USED",  ">LEFT", ">REFUSED"};
    struct lq_broker_call call;
    struct quota_list list = {.array = json_array(), .table = {.column_count = 7}};

    if (invocation->argument_count > 1 ||
        (invocation->argument_count == 1 &&
         !lq_tenant_name_valid(lq_view_text(invocation->arguments[0])))) {
        lq_text_output_error("%s: name one tenant, or none for all",
                             invocation->arguments[invocation->argument_count - 1]);
        json_decref(list.array);
        return LQ_EXIT_USAGE;
    }
    for (uint32_t column = 0; column < list.table.column_count; column++) {
        lq_text_table_add(&list.table, "%s", headings[column]);
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = list_quotas(&call, &list);
    }
    lq_text_table_clear(&list.table);
    json_decref(list.array);
    lq_broker_call_close(&call);
    return code;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/name_pages.h"

#include "base/alloc.h"

#include <stdlib.h>

/* The name a page ended with, kept while the next page takes its memory. */
static struct lq_view keep_name(struct lq_view name, char *to)
{
    LQ_ASSERT(name.bytes <= LQ_SESSION_NAME_BYTES_MAX);
    memcpy(to, name.data, name.bytes);
    return lq_view_of(to, name.bytes);
}

enum lq_exit_code lq_name_pages_tenants(struct lq_broker_call *call, lq_name_pages_tenant_fn each,
                                        void *context)
{
    char after[LQ_SESSION_NAME_BYTES_MAX];
    struct lq_admin_request request = {.kind = LQ_ADMIN_LIST_TENANTS,
                                       .count_max = LQ_ADMIN_PAGE_MAX};
    struct lq_admin_reply reply;

    do {
        enum lq_exit_code code = lq_broker_call_ask(call, &request, "tenants", &reply);
        if (code != LQ_EXIT_OK) {
            return code;
        }
        for (uint32_t index = 0; index < reply.tenant_count; index++) {
            each(context, &reply.tenants[index]);
        }
        if (reply.tenant_count > 0) {
            request.after = keep_name(reply.tenants[reply.tenant_count - 1].name, after);
        }
    } while (reply.more && reply.tenant_count > 0);
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_name_pages_sessions(struct lq_broker_call *call, const char *tenant,
                                         lq_name_pages_session_fn each, void *context)
{
    char after[LQ_SESSION_NAME_BYTES_MAX];
    struct lq_admin_request request = {.kind = LQ_ADMIN_LIST_SESSIONS,
                                       .tenant = lq_view_text(tenant),
                                       .count_max = LQ_ADMIN_PAGE_MAX};
    struct lq_admin_reply reply;

    do {
        enum lq_exit_code code = lq_broker_call_ask(call, &request, tenant, &reply);
        if (code != LQ_EXIT_OK) {
            return code;
        }
        for (uint32_t index = 0; index < reply.session_count; index++) {
            each(context, tenant, &reply.sessions[index]);
        }
        if (reply.session_count > 0) {
            request.after = keep_name(reply.sessions[reply.session_count - 1].name, after);
        }
    } while (reply.more && reply.session_count > 0);
    return LQ_EXIT_OK;
}

static void note_tenant(void *context, const struct lq_tenant_entry *tenant)
{
    struct lq_tenant_names *names = context;

    if (names->count == names->count_max) {
        names->count_max = names->count_max * 2 + 64;
        names->names = lq_realloc(names->names, names->count_max, sizeof *names->names);
    }
    LQ_ASSERT(tenant->name.bytes <= LQ_TENANT_NAME_BYTES_MAX);
    memcpy(names->names[names->count], tenant->name.data, tenant->name.bytes);
    names->names[names->count++][tenant->name.bytes] = '\0';
}

enum lq_exit_code lq_name_pages_tenant_names(struct lq_broker_call *call,
                                             struct lq_tenant_names *names)
{
    *names = (struct lq_tenant_names){.names = NULL};
    return lq_name_pages_tenants(call, note_tenant, names);
}

void lq_name_pages_release(struct lq_tenant_names *names)
{
    free(names->names);
    *names = (struct lq_tenant_names){.names = NULL};
}

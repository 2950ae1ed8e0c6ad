// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* name_pages.h - all tenants and all sessions, fetched page by page. */
#ifndef LQ_NAME_PAGES_H
#define LQ_NAME_PAGES_H

#include "cli/broker_call.h"

typedef void (*lq_name_pages_tenant_fn)(void *context, const struct lq_tenant_entry *tenant);
typedef void (*lq_name_pages_session_fn)(void *context, const char *tenant,
                                         const struct lq_session_entry *session);

enum lq_exit_code lq_name_pages_tenants(struct lq_broker_call *call, lq_name_pages_tenant_fn each,
                                        void *context);
enum lq_exit_code lq_name_pages_sessions(struct lq_broker_call *call, const char *tenant,
                                         lq_name_pages_session_fn each, void *context);

/* The names of all tenants, for questions about each. Released by lq_name_pages_release(), also
 * after an error. */
struct lq_tenant_names {
    char (*names)[LQ_TENANT_NAME_BYTES_MAX + 1];
    uint32_t count, count_max;
};
enum lq_exit_code lq_name_pages_tenant_names(struct lq_broker_call *call,
                                             struct lq_tenant_names *names);
void lq_name_pages_release(struct lq_tenant_names *names);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_ledger.h - what the ledger knows of a tenant: that there is one, or was. */
#ifndef LQ_TENANT_LEDGER_H
#define LQ_TENANT_LEDGER_H

#include "cli/broker_call.h"

/* The tenant's entry in the ledger, with `name` as its name. An actor of load says it, which may
 * not be there or be late: it is waited for briefly, unless the invocation names a timeout.
 * NOT_FOUND: there is no such tenant. Whatever goes wrong is said on stderr. */
enum lq_exit_code lq_tenant_ledger_ask(const struct lq_broker_call *call, const char *name,
                                       struct lq_tenant_entry *tenant);

/* Said behind what the broker knows, when the ledger was not heard: the exit code of that. */
enum lq_exit_code lq_tenant_ledger_missed(const char *name);

#endif

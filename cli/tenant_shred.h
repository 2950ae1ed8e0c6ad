// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_shred.h - the end of a tenant's contents: for `tenant shred`, and `tenant delete`. */
#ifndef LQ_TENANT_SHRED_H
#define LQ_TENANT_SHRED_H

#include "cli/broker_call.h"

struct lq_tenant_shred {
    const char *tenant;
    bool was_shredded; /* before this command */
    uint64_t letters;  /* that went */
    uint64_t resumed;  /* parked sessions that are parked no more */
};

/* Whether it was shredded before. LQ_EXIT_NOT_FOUND: no such tenant. */
enum lq_exit_code lq_tenant_shred_look(struct lq_broker_call *call, struct lq_tenant_shred *shred);

/* Destroy its keys, and let go of what the broker keeps; a dry run counts. What was not asked about
 * before is done all the same. LQ_EXIT_PARTLY: said on stderr. */
enum lq_exit_code lq_tenant_shred_do(struct lq_broker_call *call, struct lq_tenant_shred *shred);

#endif

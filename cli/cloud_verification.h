// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* cloud_verification.h - verify --against-cloud: the ledger on this host and the table. */
#ifndef LQ_CLOUD_VERIFICATION_H
#define LQ_CLOUD_VERIFICATION_H

#include "cli/invocation.h"

enum lq_exit_code lq_cloud_verification_run(const struct lq_invocation *invocation);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirrored_table.h - which table the ledger is mirrored to, by the configuration. */
#ifndef LQ_MIRRORED_TABLE_H
#define LQ_MIRRORED_TABLE_H

#include "cli/invocation.h"
#include "config/config_file.h"
#include "mirror/handler/mirror_config.h"

/* Both sections; an error is said on stderr. */
enum lq_exit_code lq_mirrored_table_configure(const struct lq_invocation *invocation,
                                              struct lq_cluster_config *cluster,
                                              struct lq_mirror_config *mirror);

/* What a look at the table came to. */
enum lq_exit_code lq_mirrored_table_exit_code(enum lq_result result);

#endif

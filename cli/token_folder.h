// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* token_folder.h - the gateway's keys and tickets on this host: DATA/gateway. */
#ifndef LQ_TOKEN_FOLDER_H
#define LQ_TOKEN_FOLDER_H

#include "cli/invocation.h"
#include "config/config_file.h"
#include "gateway/infrastructure/private_file.h"
#include "gateway/infrastructure/token_document.h"

struct lq_token_folder {
    struct lq_cluster_config cluster;
    char root[LQ_PRIVATE_FILE_PATH_BYTES];
    char tenants[LQ_PRIVATE_FILE_PATH_BYTES];
    char tickets[LQ_PRIVATE_FILE_PATH_BYTES];
};

/* Read the configuration and make the folders that are missing. Else the exit code; said on
 * stderr. */
enum lq_exit_code lq_token_folder_open(const struct lq_invocation *invocation,
                                       struct lq_token_folder *folder);

/* The keys of a tenant; none is no error. */
enum lq_exit_code lq_token_folder_read_keys(const struct lq_token_folder *folder,
                                            const char *tenant, struct lq_token_keys *keys);

#endif

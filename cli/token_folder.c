// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/token_folder.h"

#include "cli/broker_call.h"
#include "cli/text_output.h"
#include "gateway/infrastructure/tenant_keys.h"

#include <stdio.h>

static bool add_path(char *to, const char *folder, const char *name)
{
    return snprintf(to, LQ_PRIVATE_FILE_PATH_BYTES, "%s/%s", folder, name) <
           LQ_PRIVATE_FILE_PATH_BYTES - 64; /* and room for what lies in it */
}

enum lq_exit_code lq_token_folder_open(const struct lq_invocation *invocation,
                                       struct lq_token_folder *folder)
{
    struct lq_error_message message = {""};
    enum lq_exit_code code = lq_broker_call_configure(invocation, &folder->cluster);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (!add_path(folder->root, folder->cluster.data_dir, "gateway") ||
        !add_path(folder->tenants, folder->root, "tenants") ||
        !add_path(folder->tickets, folder->root, "tickets")) {
        lq_text_output_error("%s: path too long", folder->cluster.data_dir);
        return LQ_EXIT_USAGE;
    }
    if (lq_private_file_make_folder(folder->root, &message) != LQ_OK ||
        lq_private_file_make_folder(folder->tenants, &message) != LQ_OK ||
        lq_private_file_make_folder(folder->tickets, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_FAILED;
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_token_folder_read_keys(const struct lq_token_folder *folder,
                                            const char *tenant, struct lq_token_keys *keys)
{
    struct lq_error_message message = {""};
    enum lq_result result = lq_tenant_keys_read(folder->tenants, tenant, keys, &message);

    if (result != LQ_OK && result != LQ_ERR_NOT_FOUND) {
        lq_text_output_error("keys of %s: %s", tenant, message.text);
        return LQ_EXIT_FAILED;
    }
    return LQ_EXIT_OK;
}

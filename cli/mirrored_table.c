// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/mirrored_table.h"

#include "cli/broker_call.h"
#include "cli/text_output.h"

enum lq_exit_code lq_mirrored_table_configure(const struct lq_invocation *invocation,
                                              struct lq_cluster_config *cluster,
                                              struct lq_mirror_config *mirror)
{
    struct lq_error_message message;
    size_t count = 0;
    const struct lq_option *options = lq_mirror_config_options(&count);
    enum lq_exit_code code = lq_broker_call_configure(invocation, cluster);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (lq_config_file_load(invocation->config_path, options, count, mirror, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    if (mirror->table[0] == '\0') {
        lq_text_output_error("%s: mirror/table must be set: which table is it?",
                             invocation->config_path);
        return LQ_EXIT_USAGE;
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_mirrored_table_exit_code(enum lq_result result)
{
    switch (result) {
    case LQ_OK:
        return LQ_EXIT_OK;
    case LQ_ERR_NOT_FOUND:
        return LQ_EXIT_NOT_FOUND;
    case LQ_ERR_CORRUPT:
    case LQ_ERR_VERSION:
        return LQ_EXIT_BROKEN;
    case LQ_ERR_IO:
    case LQ_ERR_TIMEOUT:
    case LQ_ERR_CONFLICT:
    case LQ_ERR_DISK_FULL:
    case LQ_ERR_MAP_FULL:
        return LQ_EXIT_TRY_AGAIN;
    case LQ_ERR_INVALID:
        return LQ_EXIT_USAGE;
    default:
        return LQ_EXIT_FAILED;
    }
}

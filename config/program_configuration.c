// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "config/program_configuration.h"

#include "base/contract.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#define EFFECTIVE_BYTES_MAX 2048

static enum lq_log_level level_of(const struct lq_program *program, const void *fields)
{
    uint64_t level = 0;

    for (size_t at = 0; at < program->option_count; at++) {
        if (program->options[at].type == LQ_OPTION_LEVEL) {
            memcpy(&level, (const char *)fields + program->options[at].offset, sizeof level);
        }
    }
    LQ_ASSERT(level != 0); /* each program has one */
    return (enum lq_log_level)level;
}

void lq_program_configuration_read(const struct lq_program *program, const char *path,
                                   const char *instance, struct lq_cluster_config *cluster,
                                   void *fields)
{
    struct lq_error_message message;
    char effective[EFFECTIVE_BYTES_MAX];
    size_t count;
    const struct lq_option *options = lq_cluster_options(&count);

    if (lq_config_file_load(path, options, count, cluster, &message) != LQ_OK ||
        lq_config_file_load(path, program->options, program->option_count, fields, &message) !=
            LQ_OK) {
        lq_log_error("%s", message.text);
        exit(LQ_PROGRAM_EXIT_CONFIG);
    }
    lq_log_open(program->name, instance, level_of(program, fields));
    lq_option_table_effective(program->options, program->option_count, fields, effective,
                              sizeof effective);
    lq_log_info("configuration: %s", effective);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_config.h - the options of lq-broker: one struct, one table. */
#ifndef LQ_BROKER_CONFIG_H
#define LQ_BROKER_CONFIG_H

#include "broker/core/broker_core.h"
#include "config/config_file.h"

struct lq_broker_config {
    char pipeline[LQ_OPTION_TEXT_BYTES_MAX];
    char policy[LQ_OPTION_TEXT_BYTES_MAX];
    char bind_dir[LQ_OPTION_TEXT_BYTES_MAX]; /* empty: the runtime folder */
    char durability[LQ_OPTION_TEXT_BYTES_MAX];
    uint64_t held_answers_max, mirror_streams_max;
    uint64_t sessions_max, tenants_max, commands_max, executions_max, letters_max;
    uint64_t mailbox_commands_max, tenant_commands_max, tenant_executions_max, batch_commands_max;
    uint64_t tenant_quotas[LQ_QUOTA_KINDS]; /* those that have a key; 0: no limit */
    uint64_t payload_bytes_max;
    uint64_t batch_us;
    uint64_t gather_us;
    uint64_t silence_ms, orphan_wait_ms;
    uint64_t store_map_bytes;
    uint64_t outbox_bytes_max;
    uint64_t watchers_max;
    uint64_t clients_max;
    uint64_t seed;
    uint64_t log_level;
};

const struct lq_option *lq_broker_config_options(size_t *count);

/* LQ_ERR_INVALID: a text names nothing that there is; `message` says which. */
LQ_MUST_CHECK enum lq_result lq_broker_config_check(const struct lq_broker_config *config,
                                                    struct lq_error_message *message);

/* The core's configuration from ours, which was checked; epoch and pipeline are the caller's. */
void lq_broker_config_core(const struct lq_broker_config *config,
                           struct lq_broker_core_config *core);

#endif

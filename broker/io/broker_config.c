// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/broker_config.h"

#define TEXT(key, field, usual, help)                                                              \
    {                                                                                              \
        "broker/" key, LQ_OPTION_TEXT, offsetof(struct lq_broker_config, field), "", 0, 0, usual,  \
            help                                                                                   \
    }
#define NUMBER(key, field, unit, least, most, usual, help)                                         \
    {                                                                                              \
        "broker/" key, LQ_OPTION_NUMBER, offsetof(struct lq_broker_config, field), unit, least,    \
            most, usual, help                                                                      \
    }
#define LEVEL(key, field, usual, help)                                                             \
    {                                                                                              \
        "broker/" key, LQ_OPTION_LEVEL, offsetof(struct lq_broker_config, field), "", 1, 4, usual, \
            help                                                                                   \
    }

static const struct lq_option options[] = {
    TEXT("pipeline", pipeline, "pipelines/game_loop.asl.json",
         "the pipeline, an Amazon States Language document"),
    TEXT("policy", policy, "pipelines/game_loop.policy.json",
         "milliseconds, stage versions and the tick timeout of the pipeline's states"),
    TEXT("bind_dir", bind_dir, "",
         "folder of the broker's own sockets, mode 0700, when something stands between it and its "
         "peers, who connect in cluster/runtime_dir; when empty, that one"),
    NUMBER("sessions_max", sessions_max, "", 1, 4000000, "200000",
           "sessions at work or with a rate"),
    NUMBER("tenants_max", tenants_max, "", 1, 100000, "4096", "tenants with such sessions"),
    NUMBER("commands_max", commands_max, "", 1, 10000000, "100000", "commands not answered yet"),
    NUMBER("executions_max", executions_max, "", 1, 65535, "16384", "ticks under way"),
    NUMBER("letters_max", letters_max, "", 1, 10000000, "100000", "open dead letters"),
    NUMBER("mailbox_commands_max", mailbox_commands_max, "", 1, 256, "256",
           "commands that wait for one session"),
    NUMBER("tenant_commands_max", tenant_commands_max, "", 1, 10000000, "50000",
           "commands of one tenant not answered yet"),
    NUMBER("tenant_executions_max", tenant_executions_max, "", 1, 65535, "8192",
           "ticks of one tenant under way"),
    NUMBER("tenant_commands_per_s", tenant_quotas[LQ_QUOTA_COMMANDS], "", 0, 1000000000, "0",
           "new commands of one tenant a second; 0: no limit"),
    NUMBER("tenant_ticks_per_s", tenant_quotas[LQ_QUOTA_TICKS], "", 0, 1000000000, "0",
           "ticks of one tenant opened a second; 0: no limit"),
    NUMBER("tenant_mailbox_bytes_max", tenant_quotas[LQ_QUOTA_MAILBOX_BYTES], "bytes", 0,
           UINT64_C(1) << 40, "0", "commands of one tenant not answered yet; 0: no limit"),
    NUMBER("tenant_sessions_live_max", tenant_quotas[LQ_QUOTA_SESSIONS_LIVE], "", 0, 4000000, "0",
           "sessions of one tenant at work or with a rate; 0: no limit"),
    NUMBER("tenant_payload_bytes_max", tenant_quotas[LQ_QUOTA_PAYLOAD_BYTES], "bytes", 0,
           UINT64_C(1) << 40, "0", "commands and worlds of one tenant under way; 0: no limit"),
    NUMBER("tenant_letters_max", tenant_quotas[LQ_QUOTA_LETTERS], "", 0, 10000000, "0",
           "open dead letters of one tenant; 0: no limit"),
    NUMBER("tenant_weight", tenant_quotas[LQ_QUOTA_WEIGHT], "", 1, 100, "1",
           "turns of a tenant that has no weight of its own"),
    TEXT("durability", durability, "local",
         "when clients of tenants without a policy of their own hear of a frame: local, when it is "
         "on "
         "disk; mirrored, when it is in the table as well"),
    NUMBER("held_answers_max", held_answers_max, "", 1, 10000000, "100000",
           "answers and notices of mirrored tenants that wait for the table"),
    NUMBER("mirror_streams_max", mirror_streams_max, "", 1, 1000000, "16384",
           "tenants whose place in the table is known; as mirror/tenants_max"),
    NUMBER("batch_commands_max", batch_commands_max, "", 1, LQ_COMMANDS_PER_TICK_MAX, "64",
           "commands of one tick"),
    NUMBER("batch_us", batch_us, "us", 100, 100000, "3000",
           "work that a stage's process gets in one message: less is quicker for tenants with "
           "little to do, and slower in all"),
    NUMBER("gather_us", gather_us, "us", 0, 100000, "1000",
           "how long a few ticks wait for more while their stage is at work; 0: they do not"),
    NUMBER("payload_bytes_max", payload_bytes_max, "bytes", 1048576, UINT64_C(1) << 40, "512M",
           "commands and worlds under way"),
    NUMBER("silence_ms", silence_ms, "ms", 500, 600000, "3000",
           "an actor silent for so long is frozen"),
    NUMBER("orphan_wait_ms", orphan_wait_ms, "ms", 10, 600000, "1000",
           "wait for a dead actor's next incarnation before its work goes to others"),
    NUMBER("store_map_bytes", store_map_bytes, "bytes", 1048576, UINT64_C(1) << 44, "4G",
           "the most the broker's own store may hold"),
    NUMBER("outbox_bytes_max", outbox_bytes_max, "bytes", 1048576, UINT64_C(1) << 44, "256M",
           "what its outbox may keep for who reads it, at most a quarter of that; a cursor further "
           "behind is dropped"),
    NUMBER("clients_max", clients_max, "", 1, 60000, "4096", "connections of clients"),
    NUMBER("watchers_max", watchers_max, "", 1, 60000, "1024", "connections of watchers"),
    NUMBER("seed", seed, "", 0, UINT64_MAX, "0", "of the retry jitter; 0: from the clock"),
    LEVEL("log_level", log_level, "info", "debug, info, warning or error"),
};

const struct lq_option *lq_broker_config_options(size_t *count)
{
    *count = sizeof options / sizeof options[0];
    return options;
}

enum lq_result lq_broker_config_check(const struct lq_broker_config *config,
                                      struct lq_error_message *message)
{
    if (lq_durability_find(lq_view_text(config->durability)) != 0) {
        return LQ_OK;
    }
    lq_error_message_set(message, "broker/durability = %.60s: must be local or mirrored",
                         config->durability);
    return LQ_ERR_INVALID;
}

void lq_broker_config_core(const struct lq_broker_config *config,
                           struct lq_broker_core_config *core)
{
    core->seed = config->seed;
    core->sessions_max = (uint32_t)config->sessions_max;
    core->tenants_max = (uint32_t)config->tenants_max;
    core->commands_max = (uint32_t)config->commands_max;
    core->executions_max = (uint32_t)config->executions_max;
    core->letters_max = (uint32_t)config->letters_max;
    core->mailbox_commands_max = (uint32_t)config->mailbox_commands_max;
    core->tenant_commands_max = (uint32_t)config->tenant_commands_max;
    core->tenant_executions_max = (uint32_t)config->tenant_executions_max;
    memcpy(core->tenant_quotas, config->tenant_quotas, sizeof core->tenant_quotas);
    core->durability.policy = lq_durability_find(lq_view_text(config->durability));
    core->held_answers_max = (uint32_t)config->held_answers_max;
    core->streams_max = (uint32_t)config->mirror_streams_max;
    core->batch_commands_max = (uint32_t)config->batch_commands_max;
    core->batch_us = (uint32_t)config->batch_us;
    core->gather_us = (uint32_t)config->gather_us;
    core->payload_bytes_max = config->payload_bytes_max;
    core->silence_ms = (uint32_t)config->silence_ms;
    core->orphan_wait_ms = (uint32_t)config->orphan_wait_ms;
}

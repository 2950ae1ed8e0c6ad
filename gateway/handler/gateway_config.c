// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/handler/gateway_config.h"

#include "base/log.h"

#define FIELD(name) offsetof(struct lq_gateway_config, name)

static const struct lq_option own_rows[] = {
    {"gateway/log_level", LQ_OPTION_LEVEL, FIELD(log_level), "", LQ_LOG_DEBUG, LQ_LOG_ERROR, "info",
     "debug, info, warning or error"},
    {"gateway/connections_per_tenant_max", LQ_OPTION_NUMBER, FIELD(connections_per_tenant_max), "",
     0, 1000000, "0", "connections of one tenant in a process; 0: no bound"},
    {"gateway/grace_ms", LQ_OPTION_NUMBER, FIELD(grace_ms), "ms", 100, 3600000, "30000",
     "how long a player who was cut keeps its body"},
    {"gateway/ring_bytes", LQ_OPTION_NUMBER, FIELD(ring_bytes), "bytes", 65536, UINT64_C(1) << 30,
     "1M", "of the newest states of a session, for differences to those who come back"},
    {"gateway/answer_ms", LQ_OPTION_NUMBER, FIELD(answer_ms), "ms", 100, 600000, "10000",
     "how long the cluster may take to answer what a hello needs"},
    {"gateway/static_dir", LQ_OPTION_TEXT, FIELD(static_dir), "", 0, 0, LQ_GATEWAY_STATIC_DIR,
     "folder of the pages that are served, read once; empty: none"},
};

#define OWN_COUNT (sizeof own_rows / sizeof own_rows[0])

const struct lq_option *lq_gateway_config_options(size_t *count)
{
    static struct lq_option rows[OWN_COUNT + LQ_GATEWAY_OPTION_COUNT];

    if (rows[0].key == NULL) {
        for (size_t at = 0; at < OWN_COUNT; at++) {
            rows[at] = own_rows[at];
        }
        lq_gateway_options_rows(FIELD(server), rows + OWN_COUNT);
    }
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

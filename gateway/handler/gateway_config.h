// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* gateway_config.h - lq-gateway's part of the configuration: the section `gateway`. */
#ifndef LQ_GATEWAY_CONFIG_H
#define LQ_GATEWAY_CONFIG_H

#include "base/option_table.h"
#include "gateway/infrastructure/gateway_options.h"

struct lq_gateway_config {
    uint64_t log_level;
    struct lq_gateway_options server;
    uint64_t connections_per_tenant_max; /* 0: no bound */
    uint64_t grace_ms;                   /* how long the body of a cut player waits for it */
    uint64_t ring_bytes;                 /* snapshots of a session, for those who come back */
    uint64_t answer_ms;                  /* the cluster's time for a hello */
    char static_dir[LQ_OPTION_TEXT_BYTES_MAX];
};

/* The rows live as long as the process. */
const struct lq_option *lq_gateway_config_options(size_t *count);

#endif

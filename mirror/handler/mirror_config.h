// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_config.h - the section `mirror` of the cluster's configuration. */
#ifndef LQ_MIRROR_CONFIG_H
#define LQ_MIRROR_CONFIG_H

#include "base/option_table.h"

struct lq_mirror_config {
    char table[LQ_OPTION_TEXT_BYTES_MAX];
    char bus[LQ_OPTION_TEXT_BYTES_MAX];
    uint64_t flush_ms;
    uint64_t segment_bytes_max;
    uint64_t bodies_max;
    uint64_t tenants_max;
    uint64_t calls_max;
    uint64_t base_quiet_ms;
    uint64_t base_every_s;
    uint64_t sessions_max;
    uint64_t history_days;
    uint64_t write_units_per_second;
    uint64_t log_level;
};

const struct lq_option *lq_mirror_config_options(size_t *count);

#endif

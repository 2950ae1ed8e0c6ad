// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/mirror_config.h"

#include "mirror/domain/segment.h"
#include "mirror/domain/write_budget.h"

#define FIELD(name) offsetof(struct lq_mirror_config, name)

static const struct lq_option options[] = {
    {"mirror/table", LQ_OPTION_TEXT, FIELD(table), "", 0, 0, "",
     "the DynamoDB table that the ledger is mirrored to; must be set"},
    {"mirror/bus", LQ_OPTION_TEXT, FIELD(bus), "", 0, 0, "",
     "the EventBridge bus that events leave to, a name or an ARN; empty: none do"},
    {"mirror/flush_ms", LQ_OPTION_NUMBER, FIELD(flush_ms), "ms", 1, 3600000, "1000",
     "how long what was committed may wait for more before it goes to the table"},
    {"mirror/segment_bytes_max", LQ_OPTION_NUMBER, FIELD(segment_bytes_max), "bytes", 1024,
     LQ_SEGMENT_BODY_BYTES_MAX, "350000", "body of a segment, and of a piece of a base"},
    {"mirror/bodies_max", LQ_OPTION_NUMBER, FIELD(bodies_max), "", 2, 65536, "256",
     "segments that are filled or on their way at a time, of all tenants"},
    {"mirror/tenants_max", LQ_OPTION_NUMBER, FIELD(tenants_max), "", 1, 1000000, "16384",
     "tenants of a partition"},
    {"mirror/calls_max", LQ_OPTION_NUMBER, FIELD(calls_max), "", 1, 64, "16",
     "requests to the table at a time, and as many to the bus"},
    {"mirror/base_quiet_ms", LQ_OPTION_NUMBER, FIELD(base_quiet_ms), "ms", 1, 86400000, "60000",
     "a session that made no frame for so long gets a base"},
    {"mirror/base_every_s", LQ_OPTION_NUMBER, FIELD(base_every_s), "s", 1, 31536000, "3600",
     "and one that makes frames on, so often"},
    {"mirror/sessions_max", LQ_OPTION_NUMBER, FIELD(sessions_max), "", 8, 16777216, "65536",
     "sessions with frames that no base has, which are remembered at a time; others wait longer"},
    {"mirror/history_days", LQ_OPTION_NUMBER, FIELD(history_days), "days", 0, 36500, "0",
     "how long segments of tenants are kept, once sessions have bases; 0: for ever"},
    {"mirror/write_units_per_second", LQ_OPTION_NUMBER, FIELD(write_units_per_second), "", 0,
     LQ_WRITE_BUDGET_PER_SECOND_MAX, "0", "write units of the table, on average; 0: no bound"},
    {"mirror/log_level", LQ_OPTION_LEVEL, FIELD(log_level), "", 1, 4, "info",
     "debug, info, warning or error"},
};

const struct lq_option *lq_mirror_config_options(size_t *count)
{
    *count = sizeof options / sizeof options[0];
    return options;
}

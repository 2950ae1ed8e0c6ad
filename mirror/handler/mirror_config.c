// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/mirror_config.h"

#include "mirror/domain/segment.h"

#define FIELD(name) offsetof(struct lq_mirror_config, name)

static const struct lq_option options[] = {
    {"mirror/table", LQ_OPTION_TEXT, FIELD(table), "", 0, 0, "",
     "the DynamoDB table that the ledger is mirrored to; must be set"},
    {"mirror/bus", LQ_OPTION_TEXT, FIELD(bus), "", 0, 0, "",
     "the EventBridge bus that events leave to, a name or an ARN; empty: none do"},
    {"mirror/flush_ms", LQ_OPTION_NUMBER, FIELD(flush_ms), "ms", 1, 3600000, "1000",
     "how long what was committed may wait for more before it goes to the table"},
    {"mirror/segment_bytes_max", LQ_OPTION_NUMBER, FIELD(segment_bytes_max), "bytes", 4096,
     LQ_SEGMENT_BODY_BYTES_MAX, "350000", "body of a segment"},
    {"mirror/bodies_max", LQ_OPTION_NUMBER, FIELD(bodies_max), "", 2, 65536, "256",
     "segments that are filled or on their way at a time, of all tenants"},
    {"mirror/tenants_max", LQ_OPTION_NUMBER, FIELD(tenants_max), "", 1, 1000000, "16384",
     "tenants of a partition"},
    {"mirror/calls_max", LQ_OPTION_NUMBER, FIELD(calls_max), "", 1, 64, "16",
     "requests to the table at a time, and as many to the bus"},
    {"mirror/log_level", LQ_OPTION_LEVEL, FIELD(log_level), "", 1, 4, "info",
     "debug, info, warning or error"},
};

const struct lq_option *lq_mirror_config_options(size_t *count)
{
    *count = sizeof options / sizeof options[0];
    return options;
}

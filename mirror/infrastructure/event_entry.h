// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_entry.h - one event as PutEvents takes it, and what it counts for. */
#ifndef LQ_EVENT_ENTRY_H
#define LQ_EVENT_ENTRY_H

#include "base/view.h"

#define LQ_EVENT_ENTRY_RESOURCES_MAX 4u
#define LQ_EVENT_ENTRY_SOURCE_BYTES_MAX 256u /* the service's, of the next one too */
#define LQ_EVENT_ENTRY_TYPE_BYTES_MAX 128u

/* Borrowed by whoever reads the struct; all are UTF-8. */
struct lq_event_entry {
    struct lq_view source;      /* "ledgerquest.TENANT"; never "aws...." */
    struct lq_view detail_type; /* the event's type */
    struct lq_view detail;      /* a JSON object */
    uint64_t time_s;            /* since 1970; 0: none, the service takes its own */
    uint32_t resource_count;
    struct lq_view resources[LQ_EVENT_ENTRY_RESOURCES_MAX];
};

/* Bytes by the service's rule: 14 for a time, and the UTF-8 of source, type, detail, resources. The
 * entries of one call count together. */
size_t lq_event_entry_bytes(const struct lq_event_entry *entry);

#endif

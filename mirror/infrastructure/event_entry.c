// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/event_entry.h"

#define TIME_BYTES 14u

size_t lq_event_entry_bytes(const struct lq_event_entry *entry)
{
    size_t bytes = entry->source.bytes + entry->detail_type.bytes + entry->detail.bytes +
                   (entry->time_s > 0 ? TIME_BYTES : 0);

    for (uint32_t index = 0; index < entry->resource_count; index++) {
        bytes += entry->resources[index].bytes;
    }
    return bytes;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* dispatch_meter.h - how large batches are, and how late grid ticks commit. For STATUS. */
#ifndef LQ_DISPATCH_METER_H
#define LQ_DISPATCH_METER_H

#include "base/latency_histogram.h"
#include "proto/admin_codec.h"

struct lq_dispatch_meter {
    struct {
        uint64_t dispatches, items, bytes;
        uint64_t by_size[LQ_BATCH_ITEMS_MAX + 1];
    } stages[LQ_STAGES_MAX];
    struct lq_latency_histogram lateness; /* from a grid tick's due time to its commit */
};

/* Count a batch of `items` with `bytes` of payload for state number `state`. */
void lq_dispatch_meter_count(struct lq_dispatch_meter *meter, uint32_t state, uint32_t items,
                             size_t bytes);

/* Fill in the parts of a status that the core does not know. */
void lq_dispatch_meter_report(const struct lq_dispatch_meter *meter, struct lq_status *status);

#endif

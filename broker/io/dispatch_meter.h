// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* dispatch_meter.h - how large batches are since the start, and how late grid ticks commit of late:
 * in the window under way and the one before, 4 to 8 s. For STATUS. */
#ifndef LQ_DISPATCH_METER_H
#define LQ_DISPATCH_METER_H

#include "base/latency_histogram.h"
#include "proto/admin_codec.h"

struct lq_dispatch_meter {
    struct {
        uint64_t dispatches, items, bytes;
        uint64_t by_size[LQ_BATCH_ITEMS_MAX + 1];
    } stages[LQ_STAGES_MAX];
    struct {
        struct lq_latency_histogram under_way, before;
        uint64_t ends_ns; /* of the window under way */
    } lateness;
};

/* Count a batch of `items` with `bytes` of payload for state number `state`. */
void lq_dispatch_meter_count(struct lq_dispatch_meter *meter, uint32_t state, uint32_t items,
                             size_t bytes);

/* A grid tick was committed at now_ns, so long after it was due. */
void lq_dispatch_meter_late(struct lq_dispatch_meter *meter, uint64_t late_ns, uint64_t now_ns);

/* Fill in the parts of a status that the core does not know, as of now_ns. */
void lq_dispatch_meter_report(struct lq_dispatch_meter *meter, uint64_t now_ns,
                              struct lq_status *status);

#endif

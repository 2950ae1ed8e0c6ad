// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/dispatch_meter.h"

void lq_dispatch_meter_count(struct lq_dispatch_meter *meter, uint32_t state, uint32_t items,
                             size_t bytes)
{
    LQ_ASSERT(state < LQ_STAGES_MAX);
    LQ_ASSERT(items <= LQ_BATCH_ITEMS_MAX);
    meter->stages[state].dispatches++;
    meter->stages[state].items += items;
    meter->stages[state].bytes += bytes;
    meter->stages[state].by_size[items]++;
}

/* The size of the batch in which the item stands that per_mille of all items come before. */
static uint32_t size_at(const struct lq_dispatch_meter *meter, uint32_t state, uint32_t per_mille)
{
    uint64_t wanted = meter->stages[state].items * per_mille / 1000;
    uint64_t seen = 0;

    for (uint32_t size = 1; size <= LQ_BATCH_ITEMS_MAX; size++) {
        seen += meter->stages[state].by_size[size] * size;
        if (seen > wanted) {
            return size;
        }
    }
    return 0;
}

void lq_dispatch_meter_report(const struct lq_dispatch_meter *meter, struct lq_status *status)
{
    for (uint32_t state = 0; state < status->stage_count; state++) {
        struct lq_stage_status *stage = &status->stages[state];
        stage->dispatches = meter->stages[state].dispatches;
        stage->dispatch_items = meter->stages[state].items;
        stage->dispatch_bytes = meter->stages[state].bytes;
        stage->batch_p50 = size_at(meter, state, 500);
        stage->batch_p90 = size_at(meter, state, 900);
    }
    status->lateness_p50_us = (uint32_t)(lq_latency_histogram_at(&meter->lateness, 500) / 1000);
    status->lateness_p99_us = (uint32_t)(lq_latency_histogram_at(&meter->lateness, 990) / 1000);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/dispatch_meter.h"

#include "base/clock.h"

#define WINDOW_NS (4 * LQ_NS_PER_S)

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

static void put_windows_behind(struct lq_dispatch_meter *meter, uint64_t now_ns)
{
    uint64_t ends_ns = meter->lateness.ends_ns;

    if (now_ns < ends_ns) {
        return;
    }
    if (now_ns < ends_ns + WINDOW_NS) {
        meter->lateness.before = meter->lateness.under_way;
    } else {
        lq_latency_histogram_clear(&meter->lateness.before);
    }
    lq_latency_histogram_clear(&meter->lateness.under_way);
    meter->lateness.ends_ns = (now_ns / WINDOW_NS + 1) * WINDOW_NS;
}

void lq_dispatch_meter_late(struct lq_dispatch_meter *meter, uint64_t late_ns, uint64_t now_ns)
{
    put_windows_behind(meter, now_ns);
    lq_latency_histogram_record(&meter->lateness.under_way, late_ns);
}

static void report_lateness(struct lq_dispatch_meter *meter, uint64_t now_ns,
                            struct lq_status *status)
{
    put_windows_behind(meter, now_ns);
    struct lq_latency_histogram both = meter->lateness.before;
    lq_latency_histogram_add(&both, &meter->lateness.under_way);
    status->lateness_p50_us = (uint32_t)(lq_latency_histogram_at(&both, 500) / 1000);
    status->lateness_p99_us = (uint32_t)(lq_latency_histogram_at(&both, 990) / 1000);
}

void lq_dispatch_meter_report(struct lq_dispatch_meter *meter, uint64_t now_ns,
                              struct lq_status *status)
{
    for (uint32_t state = 0; state < status->stage_count; state++) {
        struct lq_stage_status *stage = &status->stages[state];
        stage->dispatches = meter->stages[state].dispatches;
        stage->dispatch_items = meter->stages[state].items;
        stage->dispatch_bytes = meter->stages[state].bytes;
        stage->batch_p50 = size_at(meter, state, 500);
        stage->batch_p90 = size_at(meter, state, 900);
    }
    report_lateness(meter, now_ns, status);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/work_counts.h"

static void add_item(struct lq_actor_counts *counts, const struct lq_answer *answer)
{
    switch (answer->verdict) {
    case LQ_ITEM_DONE:
        counts->done++;
        break;
    case LQ_ITEM_ENDED:
        counts->ended++;
        break;
    case LQ_ITEM_FAILED:
        counts->failed++;
        break;
    case LQ_ITEM_RETURNED:
        counts->returned++;
        break;
    case LQ_ITEM_CONFLICT:
        counts->conflicts++;
        break;
    }
}

void lq_work_counts_add(struct lq_actor_counts *counts, const struct lq_stage_batch *batch,
                        bool writes)
{
    uint64_t records = 0;
    uint64_t work_ns = 0;

    counts->batches++;
    for (uint32_t index = 0; index < batch->item_count; index++) {
        const struct lq_answer *answer = &batch->answers[index];
        add_item(counts, answer);
        counts->bytes_in += batch->items[index].payload.bytes;
        counts->bytes_out += answer->payload_bytes;
        work_ns += batch->item_ns[index];
        records += writes && answer->verdict == LQ_ITEM_DONE && answer->ledger_sequence != 0;
    }
    counts->work_us += work_ns / 1000;
    counts->end_us += batch->end_us;
    counts->commits += records > 0;
    counts->records += records;
}

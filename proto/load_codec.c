// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/load_codec.h"

#include "proto/wire_in.h"

#include "ledgerquest/v1/client.pb-c.h"

static void put_quota(struct lq_wire_out *out, const struct lq_quota_use *use)
{
    uint8_t *content = lq_wire_out_begin(out, 15, 0);

    lq_wire_out_view(out, 1, use->name);
    lq_wire_out_uint32(out, 2, use->limit != LQ_QUOTA_NO_LIMIT);
    lq_wire_out_fixed64(out, 3, use->limit != LQ_QUOTA_NO_LIMIT ? use->limit : 0);
    lq_wire_out_uint32(out, 4, use->own);
    lq_wire_out_fixed64(out, 5, use->used);
    lq_wire_out_fixed64(out, 6, use->left);
    lq_wire_out_uint32(out, 7, use->next_ms);
    lq_wire_out_fixed64(out, 8, use->refused);
    lq_wire_out_end(out, content, 0);
}

static void put_stage(struct lq_wire_out *out, const struct lq_stage_load *stage)
{
    uint8_t *content = lq_wire_out_begin(out, 16, 0);

    lq_wire_out_view(out, 1, stage->stage);
    lq_wire_out_uint32(out, 2, stage->waiting);
    lq_wire_out_uint32(out, 3, stage->in_flight);
    lq_wire_out_end(out, content, 0);
}

void lq_load_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_tenant_load *load)
{
    LQ_ASSERT(load->quota_count <= LQ_QUOTA_KINDS);
    LQ_ASSERT(load->stage_count <= LQ_STAGES_MAX);
    LQ_ASSERT(load->reason_count <= LQ_LOAD_REASONS_MAX);
    uint8_t *content = lq_wire_out_begin(out, number, 0);
    lq_wire_out_view(out, 1, load->name);
    lq_wire_out_uint32(out, 2, load->weight);
    lq_wire_out_uint32(out, 3, load->share_ppm);
    lq_wire_out_fixed64(out, 4, load->service_us);
    lq_wire_out_fixed64(out, 5, load->ticks);
    lq_wire_out_fixed64(out, 6, load->receipts);
    lq_wire_out_uint32(out, 7, load->ticks_per_s);
    lq_wire_out_uint32(out, 8, load->commands_per_s);
    lq_wire_out_uint32(out, 9, load->wait_p50_us);
    lq_wire_out_uint32(out, 10, load->wait_p99_us);
    lq_wire_out_uint32(out, 11, load->debt_us);
    lq_wire_out_fixed64(out, 12, load->throttled_ticks);
    lq_wire_out_uint32(out, 13, load->sessions);
    lq_wire_out_uint32(out, 14, load->sessions_parked);
    for (uint32_t index = 0; index < load->quota_count; index++) {
        put_quota(out, &load->quotas[index]);
    }
    for (uint32_t index = 0; index < load->stage_count; index++) {
        put_stage(out, &load->stages[index]);
    }
    for (uint32_t index = 0; index < load->reason_count; index++) {
        lq_wire_out_entry(out, 17, load->reasons[index]);
    }
    lq_wire_out_uint32(out, 18, load->resident);
    lq_wire_out_end(out, content, 0);
}

static struct lq_quota_use take_quota(const Ledgerquest__V1__QuotaUse *from)
{
    return (struct lq_quota_use){.name = lq_view_text(from->name),
                                 .own = from->own,
                                 .limit = from->bounded ? from->limit : LQ_QUOTA_NO_LIMIT,
                                 .used = from->used,
                                 .left = from->left,
                                 .refused = from->refused,
                                 .next_ms = from->next_ms};
}

static void take_numbers(const Ledgerquest__V1__TenantLoad *from, struct lq_tenant_load *load)
{
    *load = (struct lq_tenant_load){.name = lq_view_text(from->name),
                                    .weight = from->weight,
                                    .share_ppm = from->share_ppm,
                                    .service_us = from->service_us,
                                    .ticks = from->ticks,
                                    .receipts = from->receipts,
                                    .ticks_per_s = from->ticks_per_s,
                                    .commands_per_s = from->commands_per_s,
                                    .wait_p50_us = from->wait_p50_us,
                                    .wait_p99_us = from->wait_p99_us,
                                    .debt_us = from->debt_us,
                                    .throttled_ticks = from->throttled_ticks,
                                    .sessions = from->sessions,
                                    .sessions_parked = from->sessions_parked,
                                    .resident = from->resident};
}

enum lq_result lq_load_codec_take(const struct Ledgerquest__V1__TenantLoad *from,
                                  struct lq_tenant_load *load, const char **where)
{
    if (!lq_wire_in_require(from->n_quotas <= LQ_QUOTA_KINDS, "quotas", where) ||
        !lq_wire_in_require(from->n_stages <= LQ_STAGES_MAX, "stages", where) ||
        !lq_wire_in_require(from->n_why <= LQ_LOAD_REASONS_MAX, "why", where)) {
        return LQ_ERR_LIMIT;
    }
    take_numbers(from, load);
    load->quota_count = (uint32_t)from->n_quotas;
    for (uint32_t index = 0; index < load->quota_count; index++) {
        load->quotas[index] = take_quota(from->quotas[index]);
    }
    load->stage_count = (uint32_t)from->n_stages;
    for (uint32_t index = 0; index < load->stage_count; index++) {
        const Ledgerquest__V1__StageLoad *stage = from->stages[index];
        load->stages[index] =
            (struct lq_stage_load){lq_view_text(stage->stage), stage->waiting, stage->in_flight};
    }
    load->reason_count = (uint32_t)from->n_why;
    for (uint32_t index = 0; index < load->reason_count; index++) {
        load->reasons[index] = lq_view_text(from->why[index]);
    }
    return LQ_OK;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/mirror_codec.h"

#include "base/contract.h"
#include "proto/schema_enum.h"
#include "proto/wire_in.h"
#include "world/world_limits.h"

#include "ledgerquest/v1/client.pb-c.h"

LQ_SCHEMA_ENUM(LQ_DURABILITY_LOCAL, DURABILITY_POLICY__DURABILITY_POLICY_LOCAL);
LQ_SCHEMA_ENUM(LQ_DURABILITY_MIRRORED, DURABILITY_POLICY__DURABILITY_POLICY_MIRRORED);

/* ---- policies ---- */

void lq_mirror_codec_put_policy(struct lq_wire_out *out, uint32_t number,
                                const struct lq_tenant_policy *policy)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_view(out, 1, policy->tenant);
    lq_wire_out_uint32(out, 2, policy->durability.policy);
    lq_wire_out_uint32(out, 3, policy->durability.own);
    lq_wire_out_uint32(out, 4, policy->durability.flush_ms);
    lq_wire_out_uint32(out, 5, policy->durability.history_days);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_mirror_codec_take_policy(const Ledgerquest__V1__Durability *from,
                                           struct lq_tenant_policy *policy, const char **where)
{
    uint32_t number = from->policy;

    *policy = (struct lq_tenant_policy){.durability = {.own = from->own != 0,
                                                       .flush_ms = from->flush_ms,
                                                       .history_days = from->history_days}};
    if (!lq_wire_in_require(number >= LQ_DURABILITY_LOCAL && number <= LQ_DURABILITY_LAST,
                            "durability.policy", where)) {
        return LQ_ERR_MALFORMED;
    }
    policy->durability.policy = (uint8_t)number;
    return lq_wire_in_require(
               lq_wire_in_view(&policy->tenant, LQ_TENANT_NAME_BYTES_MAX, from->tenant),
               "durability.tenant", where) &&
                   lq_wire_in_require(lq_durability_valid(&policy->durability), "durability", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}

/* ---- reports ---- */

static void put_progress(struct lq_wire_out *out, const struct lq_stream_progress *progress)
{
    uint8_t *content = lq_wire_out_begin(out, 15, 0);

    lq_wire_out_view(out, 1, progress->tenant);
    lq_wire_out_fixed64(out, 2, progress->ledger_sequence);
    lq_wire_out_uint32(out, 3, progress->waiting);
    lq_wire_out_uint32(out, 4, progress->waiting_ms);
    lq_wire_out_end(out, content, 0);
}

void lq_mirror_codec_put_report(struct lq_wire_out *out, uint32_t number,
                                const struct lq_mirror_report *report)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    LQ_ASSERT(report->stream_count <= LQ_MIRROR_STREAMS_MAX);
    lq_wire_out_bytes(out, 1, report->writer, sizeof report->writer);
    lq_wire_out_fixed64(out, 2, report->claim);
    lq_wire_out_fixed64(out, 3, report->number);
    lq_wire_out_view(out, 4, report->over);
    lq_wire_out_fixed64(out, 5, report->outbox_sequence);
    lq_wire_out_fixed64(out, 6, report->broker_sequence);
    lq_wire_out_fixed64(out, 7, report->read_sequence);
    lq_wire_out_fixed64(out, 8, report->segments);
    lq_wire_out_fixed64(out, 9, report->entries);
    lq_wire_out_fixed64(out, 10, report->bytes);
    lq_wire_out_fixed64(out, 11, report->requests);
    lq_wire_out_fixed64(out, 12, report->milliunits);
    lq_wire_out_fixed64(out, 13, report->conflicts);
    lq_wire_out_fixed64(out, 14, report->refusals);
    for (uint32_t index = 0; index < report->stream_count; index++) {
        put_progress(out, &report->streams[index]);
    }
    lq_wire_out_fixed64(out, 16, report->policies);
    lq_wire_out_view(out, 17, report->policies_after);
    lq_wire_out_fixed64(out, 18, report->told_again);
    lq_wire_out_fixed64(out, 19, report->all_again);
    lq_wire_out_end(out, content, 0);
}

static bool take_streams(const Ledgerquest__V1__MirrorReport *from, struct lq_mirror_report *report,
                         const char **where)
{
    for (uint32_t index = 0; index < report->stream_count; index++) {
        const Ledgerquest__V1__StreamProgress *progress = from->streams[index];
        struct lq_stream_progress *to = &report->streams[index];

        *to = (struct lq_stream_progress){.ledger_sequence = progress->ledger_sequence,
                                          .waiting = progress->waiting,
                                          .waiting_ms = progress->waiting_ms};
        if (!lq_wire_in_require(
                lq_wire_in_view(&to->tenant, LQ_TENANT_NAME_BYTES_MAX, progress->tenant),
                "mirror.streams.tenant", where)) {
            return false;
        }
    }
    return true;
}

enum lq_result lq_mirror_codec_take_report(const Ledgerquest__V1__MirrorReport *from,
                                           struct lq_arena *arena, struct lq_mirror_report *report,
                                           const char **where)
{
    *report = (struct lq_mirror_report){.claim = from->claim,
                                        .number = from->number,
                                        .outbox_sequence = from->outbox_sequence,
                                        .broker_sequence = from->broker_sequence,
                                        .read_sequence = from->read_sequence,
                                        .segments = from->segments,
                                        .entries = from->entries,
                                        .bytes = from->bytes,
                                        .requests = from->requests,
                                        .milliunits = from->milliunits,
                                        .conflicts = from->conflicts,
                                        .refusals = from->refusals,
                                        .stream_count = (uint32_t)from->n_streams,
                                        .policies = from->policies,
                                        .told_again = from->told_again,
                                        .all_again = from->all_again};
    if (!lq_wire_in_require(from->writer.len == sizeof report->writer, "mirror.writer", where) ||
        !lq_wire_in_require(lq_wire_in_view(&report->over, LQ_MIRROR_OVER_BYTES_MAX, from->over),
                            "mirror.over", where) ||
        !lq_wire_in_require(lq_wire_in_view(&report->policies_after, LQ_TENANT_NAME_BYTES_MAX,
                                            from->policies_after),
                            "mirror.policies_after", where)) {
        return LQ_ERR_MALFORMED;
    }
    memcpy(report->writer, from->writer.data, sizeof report->writer);
    if (!lq_wire_in_require(from->n_streams <= LQ_MIRROR_STREAMS_MAX, "mirror.streams", where)) {
        return LQ_ERR_LIMIT;
    }
    report->streams = lq_arena_take(arena, from->n_streams * sizeof *report->streams);
    if (!lq_wire_in_require(report->streams != NULL, "mirror.streams", where)) {
        return LQ_ERR_LIMIT;
    }
    return take_streams(from, report, where) ? LQ_OK : LQ_ERR_MALFORMED;
}

/* ---- the answer ---- */

void lq_mirror_codec_put_orders(struct lq_wire_out *out, uint32_t number,
                                const struct lq_mirror_orders *orders)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    LQ_ASSERT(orders->policy_count <= LQ_MIRROR_POLICIES_MAX);
    lq_wire_out_uint32(out, 1, orders->again);
    lq_wire_out_fixed64(out, 2, orders->policies);
    for (uint32_t index = 0; index < orders->policy_count; index++) {
        lq_mirror_codec_put_policy(out, 3, &orders->list[index]);
    }
    lq_wire_out_uint32(out, 4, orders->more);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_mirror_codec_take_orders(const Ledgerquest__V1__MirrorOrders *from,
                                           struct lq_arena *arena, struct lq_mirror_orders *orders,
                                           const char **where)
{
    enum lq_result result = LQ_OK;

    *orders = (struct lq_mirror_orders){.again = from->again != 0,
                                        .policies = from->policies,
                                        .policy_count = (uint32_t)from->n_durabilities,
                                        .more = from->more != 0};
    if (!lq_wire_in_require(from->n_durabilities <= LQ_MIRROR_POLICIES_MAX, "orders.durabilities",
                            where)) {
        return LQ_ERR_LIMIT;
    }
    orders->list = lq_arena_take(arena, from->n_durabilities * sizeof *orders->list);
    if (!lq_wire_in_require(orders->list != NULL, "orders.durabilities", where)) {
        return LQ_ERR_LIMIT;
    }
    for (uint32_t index = 0; result == LQ_OK && index < orders->policy_count; index++) {
        result =
            lq_mirror_codec_take_policy(from->durabilities[index], &orders->list[index], where);
    }
    return result;
}

/* ---- what is known of it ---- */

static void put_tenant(struct lq_wire_out *out, const struct lq_tenant_mirror *tenant)
{
    uint8_t *content = lq_wire_out_begin(out, 8, 0);

    lq_mirror_codec_put_policy(out, 1, &tenant->policy);
    lq_wire_out_uint32(out, 2, tenant->told);
    lq_wire_out_fixed64(out, 3, tenant->progress.ledger_sequence);
    lq_wire_out_uint32(out, 4, tenant->progress.waiting);
    lq_wire_out_uint32(out, 5, tenant->progress.waiting_ms);
    lq_wire_out_uint32(out, 6, tenant->held);
    lq_wire_out_uint32(out, 7, tenant->held_frames);
    lq_wire_out_uint32(out, 8, tenant->held_ms);
    lq_wire_out_end(out, content, 0);
}

void lq_mirror_codec_put_state(struct lq_wire_out *out, uint32_t number,
                               const struct lq_mirror_state *state)
{
    const struct lq_tenant_policy usual = {.durability = state->usual};
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    LQ_ASSERT(state->tenant_count <= LQ_MIRROR_TENANTS_MAX);
    lq_wire_out_uint32(out, 1, state->reported);
    lq_wire_out_uint32(out, 2, state->age_ms);
    if (state->reported) {
        lq_mirror_codec_put_report(out, 3, &state->report);
    }
    lq_wire_out_uint32(out, 4, state->held);
    lq_wire_out_uint32(out, 5, state->held_max);
    lq_wire_out_fixed64(out, 6, state->ledger_sequence);
    lq_mirror_codec_put_policy(out, 7, &usual);
    for (uint32_t index = 0; index < state->tenant_count; index++) {
        put_tenant(out, &state->tenants[index]);
    }
    lq_wire_out_end(out, content, 0);
}

static enum lq_result take_tenant(const Ledgerquest__V1__TenantMirror *from,
                                  struct lq_tenant_mirror *tenant, const char **where)
{
    *tenant = (struct lq_tenant_mirror){.told = from->told != 0,
                                        .progress = {.ledger_sequence = from->ledger_sequence,
                                                     .waiting = from->waiting,
                                                     .waiting_ms = from->waiting_ms},
                                        .held = from->held,
                                        .held_frames = from->held_frames,
                                        .held_ms = from->held_ms};
    if (!lq_wire_in_require(from->durability != NULL, "mirror.tenants.durability", where)) {
        return LQ_ERR_MALFORMED;
    }
    return lq_mirror_codec_take_policy(from->durability, &tenant->policy, where);
}

static enum lq_result take_tenants(const Ledgerquest__V1__MirrorState *from,
                                   struct lq_mirror_state *state, const char **where)
{
    enum lq_result result = LQ_OK;

    for (uint32_t index = 0; result == LQ_OK && index < state->tenant_count; index++) {
        result = take_tenant(from->tenants[index], &state->tenants[index], where);
    }
    return result;
}

enum lq_result lq_mirror_codec_take_state(const Ledgerquest__V1__MirrorState *from,
                                          struct lq_arena *arena, struct lq_mirror_state *state,
                                          const char **where)
{
    struct lq_tenant_policy usual;
    enum lq_result result = LQ_OK;

    *state = (struct lq_mirror_state){.reported = from->reported != 0,
                                      .age_ms = from->age_ms,
                                      .held = from->held,
                                      .held_max = from->held_max,
                                      .ledger_sequence = from->ledger_sequence,
                                      .tenant_count = (uint32_t)from->n_tenants};
    if (!lq_wire_in_require(from->usual != NULL, "mirror.usual", where) ||
        !lq_wire_in_require((from->report != NULL) == state->reported, "mirror.report", where)) {
        return LQ_ERR_MALFORMED;
    }
    state->tenants = lq_arena_take(arena, from->n_tenants * sizeof *state->tenants);
    if (!lq_wire_in_require(from->n_tenants <= LQ_MIRROR_TENANTS_MAX && state->tenants != NULL,
                            "mirror.tenants", where)) {
        return LQ_ERR_LIMIT;
    }
    if (state->reported) {
        result = lq_mirror_codec_take_report(from->report, arena, &state->report, where);
    }
    if (result == LQ_OK) {
        result = lq_mirror_codec_take_policy(from->usual, &usual, where);
        state->usual = usual.durability;
    }
    return result == LQ_OK ? take_tenants(from, state, where) : result;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/status_codec.h"

#include "proto/counts_codec.h"
#include "proto/load_codec.h"
#include "proto/schema_enum.h"
#include "proto/wire_in.h"

#include "ledgerquest/v1/client.pb-c.h"

LQ_SCHEMA_ENUM(LQ_ACTOR_READY, ACTOR_STATE__ACTOR_STATE_READY);
LQ_SCHEMA_ENUM(LQ_ACTOR_PAUSED, ACTOR_STATE__ACTOR_STATE_PAUSED);
LQ_SCHEMA_ENUM(LQ_ACTOR_UNROUTED, ACTOR_STATE__ACTOR_STATE_UNROUTED);
LQ_SCHEMA_ENUM(LQ_ACTOR_LOST, ACTOR_STATE__ACTOR_STATE_LOST);
LQ_SCHEMA_ENUM(LQ_ACTOR_SILENT, ACTOR_STATE__ACTOR_STATE_SILENT);

#define STATUS_STAGES_MAX (LQ_STAGES_MAX + 2)

static void put_stage(struct lq_wire_out *out, const struct lq_stage_status *stage)
{
    uint8_t *content = lq_wire_out_begin(out, 5, 0);

    lq_wire_out_view(out, 1, stage->name);
    lq_wire_out_view(out, 2, stage->resource);
    lq_wire_out_uint32(out, 3, stage->version);
    lq_wire_out_uint32(out, 4, stage->actors);
    lq_wire_out_uint32(out, 5, stage->queued);
    lq_wire_out_uint32(out, 6, stage->in_flight);
    lq_wire_out_fixed64(out, 7, stage->done);
    lq_wire_out_fixed64(out, 8, stage->retries);
    lq_wire_out_fixed64(out, 9, stage->failures);
    lq_wire_out_fixed64(out, 10, stage->dispatches);
    lq_wire_out_fixed64(out, 11, stage->dispatch_items);
    lq_wire_out_fixed64(out, 12, stage->dispatch_bytes);
    lq_wire_out_uint32(out, 13, stage->batch_p50);
    lq_wire_out_uint32(out, 14, stage->batch_p90);
    lq_wire_out_uint32(out, 15, stage->oldest_ms);
    lq_wire_out_uint32(out, 16, stage->waiting_retry);
    lq_wire_out_end(out, content, 0);
}

static void put_actor(struct lq_wire_out *out, const struct lq_actor_status *actor)
{
    uint8_t *content = lq_wire_out_begin(out, 6, 0);

    lq_wire_out_view(out, 1, actor->instance);
    lq_wire_out_view(out, 2, actor->stage);
    lq_wire_out_uint32(out, 3, actor->version);
    lq_wire_out_uint32(out, 4, actor->pid);
    lq_wire_out_uint32(out, 5, actor->state);
    lq_wire_out_view(out, 6, actor->reason);
    lq_wire_out_uint32(out, 7, actor->batches_in_flight);
    lq_wire_out_uint32(out, 8, actor->credit);
    lq_wire_out_fixed64(out, 9, actor->items);
    lq_wire_out_uint32(out, 10, actor->service_us);
    lq_wire_out_uint32(out, 11, actor->remote);
    lq_counts_codec_put(out, 12, &actor->counts);
    lq_wire_out_end(out, content, 0);
}

static void put_counters(struct lq_wire_out *out, const struct lq_status *status)
{
    lq_wire_out_fixed64(out, 7, status->ticks_committed);
    lq_wire_out_fixed64(out, 8, status->receipts);
    lq_wire_out_fixed64(out, 9, status->commands_refused);
    lq_wire_out_fixed64(out, 10, status->duplicates);
    lq_wire_out_fixed64(out, 11, status->retries);
    lq_wire_out_fixed64(out, 12, status->conflicts);
    lq_wire_out_fixed64(out, 13, status->resolves);
    lq_wire_out_fixed64(out, 14, status->letters_total);
    lq_wire_out_uint32(out, 15, status->letters_open);
    lq_wire_out_uint32(out, 16, status->sessions_resident);
    lq_wire_out_uint32(out, 17, status->sessions_live);
    lq_wire_out_uint32(out, 18, status->sessions_parked);
    lq_wire_out_uint32(out, 19, status->executions_open);
    lq_wire_out_fixed64(out, 20, status->payload_bytes);
    lq_wire_out_fixed64(out, 21, status->missed_ticks);
    lq_wire_out_uint32(out, 22, status->lateness_p50_us);
    lq_wire_out_uint32(out, 23, status->lateness_p99_us);
    lq_wire_out_uint32(out, 24, status->mailbox_commands);
    lq_wire_out_fixed64(out, 25, status->stale_results);
    lq_wire_out_fixed64(out, 26, status->resends);
    lq_wire_out_fixed64(out, 27, status->malformed);
    lq_wire_out_uint32(out, 28, status->turn_max_us);
    lq_wire_out_uint32(out, 29, status->connections);
    lq_wire_out_uint32(out, 30, status->watches);
    lq_wire_out_fixed64(out, 31, status->refused_connections);
}

void lq_status_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_status *status)
{
    LQ_ASSERT(status->stage_count <= STATUS_STAGES_MAX);
    LQ_ASSERT(status->actor_count <= LQ_STATUS_ACTORS_MAX);
    LQ_ASSERT(status->tenant_count <= LQ_STATUS_TENANTS_MAX);
    uint8_t *content = lq_wire_out_begin(out, number, 1024);
    lq_wire_out_fixed64(out, 1, status->epoch);
    lq_wire_out_uint32(out, 2, status->pid);
    lq_wire_out_fixed64(out, 3, status->uptime_ms);
    lq_wire_out_view(out, 4, status->version);
    for (uint32_t index = 0; index < status->stage_count; index++) {
        put_stage(out, &status->stages[index]);
    }
    for (uint32_t index = 0; index < status->actor_count; index++) {
        put_actor(out, &status->actors[index]);
    }
    put_counters(out, status);
    for (uint32_t index = 0; index < status->tenant_count; index++) {
        lq_load_codec_put(out, 32, &status->tenants[index]);
    }
    lq_wire_out_uint32(out, 33, status->tenants_resident);
    lq_wire_out_uint32(out, 34, status->sessions_resting);
    lq_wire_out_uint32(out, 41, status->sessions_stopped);
    lq_wire_out_end(out, content, 1024);
}

static struct lq_stage_status take_stage(const Ledgerquest__V1__StageStatus *from)
{
    return (struct lq_stage_status){.name = lq_view_text(from->name),
                                    .resource = lq_view_text(from->resource),
                                    .version = from->version,
                                    .actors = from->actors,
                                    .queued = from->queued,
                                    .in_flight = from->in_flight,
                                    .done = from->done,
                                    .retries = from->retries,
                                    .failures = from->failures,
                                    .dispatches = from->dispatches,
                                    .dispatch_items = from->dispatch_items,
                                    .dispatch_bytes = from->dispatch_bytes,
                                    .batch_p50 = from->batch_p50,
                                    .batch_p90 = from->batch_p90,
                                    .oldest_ms = from->oldest_ms,
                                    .waiting_retry = from->waiting_retry};
}

static struct lq_actor_status take_actor(const Ledgerquest__V1__ActorStatus *from)
{
    struct lq_actor_counts counts;

    lq_counts_codec_take(from->counts, &counts);
    return (struct lq_actor_status){.instance = lq_view_text(from->instance),
                                    .stage = lq_view_text(from->stage),
                                    .reason = lq_view_text(from->reason),
                                    .version = from->version,
                                    .pid = from->pid,
                                    .state = (uint8_t)from->state,
                                    .batches_in_flight = from->batches_in_flight,
                                    .credit = from->credit,
                                    .items = from->items,
                                    .service_us = from->service_us,
                                    .remote = from->remote,
                                    .counts = counts};
}

static void take_counters(const Ledgerquest__V1__Status *from, struct lq_status *status)
{
    status->ticks_committed = from->ticks_committed;
    status->receipts = from->receipts;
    status->commands_refused = from->commands_refused;
    status->duplicates = from->duplicates;
    status->retries = from->retries;
    status->conflicts = from->conflicts;
    status->resolves = from->resolves;
    status->letters_total = from->letters_total;
    status->letters_open = from->letters_open;
    status->sessions_resident = from->sessions_resident;
    status->sessions_live = from->sessions_live;
    status->sessions_parked = from->sessions_parked;
    status->executions_open = from->executions_open;
    status->payload_bytes = from->payload_bytes;
    status->missed_ticks = from->missed_ticks;
    status->lateness_p50_us = from->lateness_p50_us;
    status->lateness_p99_us = from->lateness_p99_us;
    status->mailbox_commands = from->mailbox_commands;
    status->stale_results = from->stale_results;
    status->resends = from->resends;
    status->malformed = from->malformed;
    status->turn_max_us = from->turn_max_us;
    status->connections = from->connections;
    status->watches = from->watches;
    status->refused_connections = from->refused_connections;
}

enum lq_result lq_status_codec_take(const struct Ledgerquest__V1__Status *message,
                                    struct lq_status *status, const char **where)
{
    if (!lq_wire_in_require(message->n_stages <= STATUS_STAGES_MAX, "stages", where) ||
        !lq_wire_in_require(message->n_actors <= LQ_STATUS_ACTORS_MAX, "actors", where) ||
        !lq_wire_in_require(message->n_tenants <= LQ_STATUS_TENANTS_MAX, "tenants", where)) {
        return LQ_ERR_LIMIT;
    }
    status->epoch = message->epoch;
    status->pid = message->pid;
    status->uptime_ms = message->uptime_ms;
    status->version = lq_view_text(message->version);
    status->stage_count = (uint32_t)message->n_stages;
    for (uint32_t index = 0; index < status->stage_count; index++) {
        status->stages[index] = take_stage(message->stages[index]);
    }
    status->actor_count = (uint32_t)message->n_actors;
    for (uint32_t index = 0; index < status->actor_count; index++) {
        uint32_t state = message->actors[index]->state;
        if (!lq_wire_in_require(state >= LQ_ACTOR_READY && state <= LQ_ACTOR_SILENT, "actors.state",
                                where)) {
            return LQ_ERR_MALFORMED;
        }
        status->actors[index] = take_actor(message->actors[index]);
    }
    take_counters(message, status);
    status->tenants_resident = message->tenants_resident;
    status->sessions_resting = message->sessions_resting;
    status->sessions_stopped = message->sessions_stopped;
    status->tenant_count = (uint32_t)message->n_tenants;
    enum lq_result result = LQ_OK;
    for (uint32_t index = 0; result == LQ_OK && index < status->tenant_count; index++) {
        result = lq_load_codec_take(message->tenants[index], &status->tenants[index], where);
    }
    return result;
}

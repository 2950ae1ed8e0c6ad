// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/stream_table.h"

#include "broker/core/tenant.h"

static uint32_t *bucket_of(const struct lq_broker_core *core, uint64_t hash)
{
    return &core->stream_buckets[lq_hashed_names_mix(hash) & core->bucket_mask_streams];
}

uint32_t lq_stream_table_find(const struct lq_broker_core *core, const struct lq_hashed_names *key)
{
    uint32_t index = core->stream_count > 0 ? *bucket_of(core, key->tenant_hash) : 0;

    while (index != 0 &&
           (core->streams[index].hash != key->tenant_hash ||
            !lq_view_equal(lq_view_of(core->streams[index].name, core->streams[index].name_bytes),
                           key->names.tenant))) {
        index = core->streams[index].hash_next;
    }
    return index;
}

/* The stream of that name, made if there is none; 0: no room. */
static uint32_t keep(struct lq_broker_core *core, const struct lq_hashed_names *key)
{
    uint32_t index = lq_stream_table_find(core, key);

    if (index != 0 || core->stream_count == core->config.streams_max) {
        return index;
    }
    struct lq_core_stream *stream = &core->streams[++core->stream_count];
    uint32_t *bucket = bucket_of(core, key->tenant_hash);
    *stream = (struct lq_core_stream){.hash = key->tenant_hash,
                                      .hash_next = *bucket,
                                      .name_bytes = (uint8_t)key->names.tenant.bytes};
    memcpy(stream->name, key->names.tenant.data, key->names.tenant.bytes);
    *bucket = core->stream_count;
    return core->stream_count;
}

void lq_stream_table_told(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t index = keep(core, &key);
    uint32_t tenant = lq_tenant_find(core, &key);

    if (index == 0) {
        return;
    }
    struct lq_core_stream *stream = &core->streams[index];
    stream->told_ns = core->now_ns;
    stream->waiting = event->stream.waiting;
    stream->waiting_ms = event->stream.waiting_ms;
    if (event->stream.ledger_sequence <= stream->ledger_sequence) {
        return;
    }
    stream->ledger_sequence = event->stream.ledger_sequence;
    core->tenants[tenant].covered = tenant != 0 ? stream->ledger_sequence : 0;
    core->held_due = core->held_due || core->tenants[tenant].held.count > 0;
}

static void forget_all(struct lq_broker_core *core)
{
    for (uint32_t index = 1; index <= core->stream_count; index++) {
        *bucket_of(core, core->streams[index].hash) = 0;
    }
    for (uint32_t index = 1; index <= core->tenant_pool.top; index++) {
        core->tenants[index].covered = 0;
    }
    core->stream_count = 0;
    core->mirrored_notes = 0;
    core->mirrored_letters = 0;
    core->mirror_over = false;
}

void lq_stream_table_mirror(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    if (event->mirror.anew) {
        forget_all(core);
    }
    if (event->mirror.outbox_sequence > core->mirrored_notes) {
        core->mirrored_notes = event->mirror.outbox_sequence;
        core->held_due = true;
    }
    if (event->mirror.broker_sequence > core->mirrored_letters) {
        core->mirrored_letters = event->mirror.broker_sequence;
        core->held_due = true;
    }
    /* Whoever stood still for a writer that is over may go on under another one. */
    core->held_due = core->held_due || event->mirror.anew;
    core->mirror_over = core->mirror_over || event->mirror.over;
}

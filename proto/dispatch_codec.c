// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* DISPATCH and RESOLVE: what the broker asks of an actor, a column for each member of an item. */
#include "proto/actor_codec.h"
#include "proto/schema_enum.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "proto/wire_out.h"

#include "ledgerquest/v1/actor.pb-c.h"

LQ_SCHEMA_ENUM(LQ_EXECUTION_TICK, EXECUTION_KIND__EXECUTION_KIND_TICK);
LQ_SCHEMA_ENUM(LQ_EXECUTION_CREATE_TENANT, EXECUTION_KIND__EXECUTION_KIND_CREATE_TENANT);
LQ_SCHEMA_ENUM(LQ_EXECUTION_CREATE_SESSION, EXECUTION_KIND__EXECUTION_KIND_CREATE_SESSION);
LQ_SCHEMA_ENUM(LQ_EXECUTION_QUERY, EXECUTION_KIND__EXECUTION_KIND_QUERY);
LQ_SCHEMA_ENUM(LQ_EXECUTION_SET_CURSOR, EXECUTION_KIND__EXECUTION_KIND_SET_CURSOR);
LQ_SCHEMA_ENUM(LQ_EXECUTION_SHRED_TENANT, EXECUTION_KIND__EXECUTION_KIND_SHRED_TENANT);
LQ_SCHEMA_ENUM(LQ_EXECUTION_SET_RETENTION, EXECUTION_KIND__EXECUTION_KIND_SET_RETENTION);
LQ_SCHEMA_ENUM(LQ_EXECUTION_DELETE_SESSION, EXECUTION_KIND__EXECUTION_KIND_DELETE_SESSION);
LQ_SCHEMA_ENUM(LQ_ITEM_WORLD_WANTED, ITEM_FLAG__ITEM_FLAG_WORLD_WANTED);

static bool kind_valid(uint32_t kind)
{
    return kind >= LQ_EXECUTION_TICK && kind <= LQ_EXECUTION_DELETE_SESSION;
}

/* What items of DISPATCH and RESOLVE share: a kind, and whose they are. */
static bool take_place(uint32_t kind, const char *tenant_text, const char *session_text,
                       struct lq_session_names *names, const char **where)
{
    return lq_wire_in_require(kind_valid(kind), "kind", where) &&
           lq_wire_in_require(
               lq_wire_in_view(&names->tenant, LQ_TENANT_NAME_BYTES_MAX, tenant_text), "tenant",
               where) &&
           lq_wire_in_require(
               lq_wire_in_view(&names->session, LQ_SESSION_NAME_BYTES_MAX, session_text), "session",
               where);
}

enum lq_result lq_dispatch_encode(const struct lq_dispatch *message, uint8_t *to, size_t bytes_max,
                                  size_t *written)
{
    struct lq_wire_out out;
    const struct lq_dispatch_item *items = message->items;
    size_t count = message->item_count;

    LQ_ASSERT(count <= LQ_BATCH_ITEMS_MAX);
    lq_wire_out_open_framed(&out, LQ_MESSAGE_DISPATCH, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    lq_wire_out_fixed64(&out, 2, message->batch);
    lq_wire_out_uint32(&out, 3, message->item_timeout_ms);
    if (count == 0) {
        return lq_wire_out_close(&out, written);
    }
    lq_wire_out_gather_fixed64(&out, 4, &items->execution, sizeof *items, count);
    lq_wire_out_gather_uint32(&out, 5, &items->lease, sizeof *items, count);
    lq_wire_out_gather_uint32(&out, 6, &items->kind, sizeof *items, count);
    lq_wire_out_gather_uint32(&out, 7, &items->flags, sizeof *items, count);
    lq_wire_out_gather_uint32(&out, 8, &items->payload_bytes, sizeof *items, count);
    for (size_t index = 0; index < count; index++) {
        lq_wire_out_entry(&out, 9, items[index].names.tenant);
    }
    for (size_t index = 0; index < count; index++) {
        lq_wire_out_entry(&out, 10, items[index].names.session);
    }
    return lq_wire_out_close(&out, written);
}

static bool dispatch_columns_match(const Ledgerquest__V1__Dispatch *from, const char **where)
{
    size_t count = from->n_execution;

    return lq_wire_in_require(from->n_lease == count, "lease", where) &&
           lq_wire_in_require(from->n_kind == count, "kind", where) &&
           lq_wire_in_require(from->n_flags == count, "flags", where) &&
           lq_wire_in_require(from->n_payload_bytes == count, "payload_bytes", where) &&
           lq_wire_in_require(from->n_tenant == count, "tenant", where) &&
           lq_wire_in_require(from->n_session == count, "session", where);
}

static bool take_dispatch_item(const Ledgerquest__V1__Dispatch *from, size_t index,
                               struct lq_dispatch_item *item, const char **where)
{
    item->execution = from->execution[index];
    item->lease = from->lease[index];
    item->kind = from->kind[index];
    item->flags = from->flags[index];
    item->payload_bytes = from->payload_bytes[index];
    return take_place(item->kind, from->tenant[index], from->session[index], &item->names, where);
}

enum lq_result lq_dispatch_decode(struct lq_view from, struct lq_arena *arena,
                                  struct lq_dispatch *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__dispatch__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Dispatch *dispatch = (const Ledgerquest__V1__Dispatch *)unpacked;
    size_t count = dispatch->n_execution;
    if (!dispatch_columns_match(dispatch, where)) {
        return LQ_ERR_MALFORMED;
    }
    message->items = lq_arena_take(arena, count * sizeof *message->items);
    if (!lq_wire_in_require(count <= LQ_BATCH_ITEMS_MAX && message->items != NULL, "execution",
                            where)) {
        return LQ_ERR_LIMIT;
    }
    message->epoch = dispatch->epoch;
    message->batch = dispatch->batch;
    message->item_timeout_ms = dispatch->item_timeout_ms;
    message->item_count = (uint32_t)count;
    uint64_t total_bytes = 0;
    for (size_t index = 0; index < count; index++) {
        if (!take_dispatch_item(dispatch, index, &message->items[index], where)) {
            return LQ_ERR_MALFORMED;
        }
        total_bytes += message->items[index].payload_bytes;
    }
    return lq_wire_in_require(total_bytes <= LQ_BODY_BYTES_MAX, "payload_bytes", where)
               ? LQ_OK
               : LQ_ERR_LIMIT;
}

enum lq_result lq_resolve_encode(const struct lq_resolve *message, uint8_t *to, size_t bytes_max,
                                 size_t *written)
{
    struct lq_wire_out out;
    const struct lq_resolve_item *items = message->items;
    size_t count = message->item_count;

    LQ_ASSERT(count <= LQ_BATCH_ITEMS_MAX);
    lq_wire_out_open_framed(&out, LQ_MESSAGE_RESOLVE, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    if (count == 0) {
        lq_wire_out_fixed64(&out, 9, message->fence);
        return lq_wire_out_close(&out, written);
    }
    lq_wire_out_gather_fixed64(&out, 2, &items->execution.epoch, sizeof *items, count);
    lq_wire_out_gather_fixed64(&out, 3, &items->execution.counter, sizeof *items, count);
    lq_wire_out_gather_fixed64(&out, 4, &items->frame, sizeof *items, count);
    lq_wire_out_gather_uint32(&out, 5, &items->kind, sizeof *items, count);
    for (size_t index = 0; index < count; index++) {
        lq_wire_out_entry(&out, 6, items[index].names.tenant);
    }
    for (size_t index = 0; index < count; index++) {
        lq_wire_out_entry(&out, 7, items[index].names.session);
    }
    if (items[0].lease != 0) { /* wire version 1 began without */
        lq_wire_out_gather_uint32(&out, 8, &items->lease, sizeof *items, count);
    }
    lq_wire_out_fixed64(&out, 9, message->fence);
    return lq_wire_out_close(&out, written);
}

static bool resolve_columns_match(const Ledgerquest__V1__Resolve *from, const char **where)
{
    size_t count = from->n_execution;

    return lq_wire_in_require(from->n_execution_epoch == count, "execution_epoch", where) &&
           lq_wire_in_require(from->n_frame == count, "frame", where) &&
           lq_wire_in_require(from->n_kind == count, "kind", where) &&
           lq_wire_in_require(from->n_tenant == count, "tenant", where) &&
           lq_wire_in_require(from->n_session == count, "session", where) &&
           lq_wire_in_require(from->n_lease == count || from->n_lease == 0, "lease", where);
}

static bool take_resolve_item(const Ledgerquest__V1__Resolve *from, size_t index,
                              struct lq_resolve_item *item, const char **where)
{
    item->execution =
        (struct lq_execution_id){from->execution_epoch[index], from->execution[index]};
    item->frame = from->frame[index];
    item->kind = from->kind[index];
    item->lease = from->n_lease > 0 ? from->lease[index] : 0;
    return take_place(item->kind, from->tenant[index], from->session[index], &item->names, where);
}

enum lq_result lq_resolve_decode(struct lq_view from, struct lq_arena *arena,
                                 struct lq_resolve *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__resolve__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Resolve *resolve = (const Ledgerquest__V1__Resolve *)unpacked;
    size_t count = resolve->n_execution;
    if (!resolve_columns_match(resolve, where)) {
        return LQ_ERR_MALFORMED;
    }
    message->items = lq_arena_take(arena, count * sizeof *message->items);
    if (!lq_wire_in_require(count <= LQ_BATCH_ITEMS_MAX && message->items != NULL, "execution",
                            where)) {
        return LQ_ERR_LIMIT;
    }
    message->epoch = resolve->epoch;
    message->fence = resolve->fence;
    message->item_count = (uint32_t)count;
    for (size_t index = 0; index < count; index++) {
        if (!take_resolve_item(resolve, index, &message->items[index], where)) {
            return LQ_ERR_MALFORMED;
        }
    }
    return LQ_OK;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* RESULT and RESOLVED. Outcomes of all items lie in one column; what few of them have besides (a
 * frame, a reason) is in sparse details that name an index of that column. */
#include "proto/actor_codec.h"
#include "proto/schema_enum.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "proto/wire_out.h"

#include "ledgerquest/v1/actor.pb-c.h"

LQ_SCHEMA_ENUM(LQ_ITEM_DONE, ITEM_VERDICT__ITEM_VERDICT_DONE);
LQ_SCHEMA_ENUM(LQ_ITEM_ENDED, ITEM_VERDICT__ITEM_VERDICT_ENDED);
LQ_SCHEMA_ENUM(LQ_ITEM_FAILED, ITEM_VERDICT__ITEM_VERDICT_FAILED);
LQ_SCHEMA_ENUM(LQ_ITEM_RETURNED, ITEM_VERDICT__ITEM_VERDICT_RETURNED);
LQ_SCHEMA_ENUM(LQ_ITEM_CONFLICT, ITEM_VERDICT__ITEM_VERDICT_CONFLICT);

#define HASH_BYTES 32u

_Static_assert(LQ_BATCH_ITEMS_MAX *LQ_COMMANDS_PER_TICK_MAX <= LQ_WIRE_ELEMENTS_MAX,
               "the outcomes of a full batch fit into one column");

/* Only persist has hashes; the others leave the column out. */
static bool any_hash(const struct lq_result_batch *batch)
{
    static const uint8_t none[HASH_BYTES];

    for (uint32_t index = 0; index < batch->item_count; index++) {
        if (memcmp(batch->items[index].hash, none, HASH_BYTES) != 0) {
            return true;
        }
    }
    return false;
}

/* Where in the ledger's feed lies what they tell of, and how payloads end. */
static void put_places(struct lq_wire_out *out, const struct lq_result_batch *batch)
{
    bool any_record = false;
    bool any_tail = false;
    bool any_note = false;

    for (uint32_t index = 0; index < batch->item_count; index++) {
        any_tail |= batch->items[index].tail_bytes != 0;
        any_record |= batch->items[index].ledger_sequence != 0;
        any_note |= batch->items[index].outbox_sequence != 0;
    }
    if (any_record) {
        lq_wire_out_gather_fixed64(out, 17, &batch->items->ledger_sequence, sizeof *batch->items,
                                   batch->item_count);
    }
    if (any_note) {
        lq_wire_out_gather_fixed64(out, 18, &batch->items->outbox_sequence, sizeof *batch->items,
                                   batch->item_count);
    }
    if (any_tail) {
        lq_wire_out_gather_uint32(out, 19, &batch->items->tail_bytes, sizeof *batch->items,
                                  batch->item_count);
    }
}

static void put_outcomes(struct lq_wire_out *out, const struct lq_result_batch *batch)
{
    size_t total = 0;

    for (uint32_t index = 0; index < batch->item_count; index++) {
        LQ_ASSERT(batch->items[index].outcome_count <= LQ_COMMANDS_PER_TICK_MAX);
        total += batch->items[index].outcome_count;
    }
    if (total == 0) {
        return;
    }
    uint8_t *to = lq_wire_out_reserve(out, 11, total);
    for (uint32_t index = 0; to != NULL && index < batch->item_count; index++) {
        const struct lq_result_item *item = &batch->items[index];
        for (uint32_t entry = 0; entry < item->outcome_count; entry++) {
            LQ_ASSERT(item->outcomes[entry].outcome <= LQ_OUTCOME_LAST);
            *to++ = item->outcomes[entry].outcome;
        }
    }
}

static void put_details(struct lq_wire_out *out, const struct lq_result_batch *batch)
{
    uint32_t place = 0;

    for (uint32_t index = 0; index < batch->item_count; index++) {
        const struct lq_result_item *item = &batch->items[index];
        for (uint32_t entry = 0; entry < item->outcome_count; entry++, place++) {
            const struct lq_outcome_entry *outcome = &item->outcomes[entry];
            if (outcome->frame == 0 && outcome->reason.bytes == 0) {
                continue;
            }
            uint8_t *content = lq_wire_out_begin(out, 12, outcome->reason.bytes);
            lq_wire_out_uint32(out, 1, place);
            lq_wire_out_fixed64(out, 2, outcome->frame);
            lq_wire_out_view(out, 3, outcome->reason);
            lq_wire_out_end(out, content, outcome->reason.bytes);
        }
    }
}

static void put_failures(struct lq_wire_out *out, const struct lq_result_batch *batch)
{
    for (uint32_t index = 0; index < batch->item_count; index++) {
        const struct lq_result_item *item = &batch->items[index];
        size_t bytes_expected = item->error.bytes + item->cause.bytes;
        if (bytes_expected == 0 && item->command_at_fault == 0) {
            continue;
        }
        uint8_t *content = lq_wire_out_begin(out, 13, bytes_expected);
        lq_wire_out_uint32(out, 1, index);
        lq_wire_out_view(out, 2, item->error);
        lq_wire_out_view(out, 3, item->cause);
        lq_wire_out_uint32(out, 4, item->command_at_fault);
        lq_wire_out_end(out, content, bytes_expected);
    }
}

static void put_items(struct lq_wire_out *out, const struct lq_result_batch *batch)
{
    const struct lq_result_item *items = batch->items;
    size_t count = batch->item_count;

    lq_wire_out_gather_fixed64(out, 4, &items->execution, sizeof *items, count);
    lq_wire_out_gather_uint32(out, 5, &items->lease, sizeof *items, count);
    lq_wire_out_gather_uint8(out, 6, &items->verdict, sizeof *items, count);
    lq_wire_out_gather_uint32(out, 7, &items->payload_bytes, sizeof *items, count);
    lq_wire_out_gather_fixed64(out, 8, &items->frame, sizeof *items, count);
    if (any_hash(batch)) {
        lq_wire_out_gather_bytes(out, 9, items->hash, HASH_BYTES, sizeof *items, count);
    }
    lq_wire_out_gather_uint32(out, 10, &items->outcome_count, sizeof *items, count);
    put_outcomes(out, batch);
    put_details(out, batch);
    put_failures(out, batch);
}

enum lq_result lq_result_batch_encode(enum lq_message_kind kind,
                                      const struct lq_result_batch *batch, uint8_t *to,
                                      size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;

    LQ_ASSERT(kind == LQ_MESSAGE_RESULT || kind == LQ_MESSAGE_RESOLVED);
    LQ_ASSERT(batch->item_count <= LQ_BATCH_ITEMS_MAX);
    lq_wire_out_open_framed(&out, kind, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, batch->epoch);
    lq_wire_out_fixed64(&out, 2, batch->batch);
    lq_wire_out_uint32(&out, 3, batch->service_us);
    if (batch->item_count > 0) {
        put_items(&out, batch);
    }
    lq_wire_out_uint32(&out, 14, batch->last);
    if (batch->timed && batch->item_count > 0) {
        lq_wire_out_gather_uint32(&out, 15, &batch->items->service_us, sizeof *batch->items,
                                  batch->item_count);
    }
    lq_wire_out_uint32(&out, 16, batch->end_us);
    put_places(&out, batch);
    return lq_wire_out_close(&out, written);
}

static bool columns_match(const Ledgerquest__V1__Result *from, const char **where)
{
    size_t count = from->n_execution;

    return lq_wire_in_require(from->n_lease == count, "lease", where) &&
           lq_wire_in_require(from->n_verdict == count, "verdict", where) &&
           lq_wire_in_require(from->n_payload_bytes == count, "payload_bytes", where) &&
           lq_wire_in_require(from->n_frame == count, "frame", where) &&
           lq_wire_in_require(from->hash.len == 0 || from->hash.len == count * HASH_BYTES, "hash",
                              where) &&
           lq_wire_in_require(from->n_outcome_count == count, "outcome_count", where) &&
           lq_wire_in_require(from->n_item_us == 0 || from->n_item_us == count, "item_us", where) &&
           lq_wire_in_require(from->n_ledger_sequence == 0 || from->n_ledger_sequence == count,
                              "ledger_sequence", where) &&
           lq_wire_in_require(from->n_outbox_sequence == 0 || from->n_outbox_sequence == count,
                              "outbox_sequence", where) &&
           lq_wire_in_require(from->n_tail_bytes == 0 || from->n_tail_bytes == count, "tail_bytes",
                              where);
}

/* The members of an item that have a column; its outcomes are the caller's. */
static bool take_item(const Ledgerquest__V1__Result *from, size_t index,
                      struct lq_result_item *item, const char **where)
{
    uint32_t verdict = from->verdict[index];

    *item = (struct lq_result_item){.execution = from->execution[index],
                                    .lease = from->lease[index],
                                    .verdict = (uint8_t)verdict,
                                    .payload_bytes = from->payload_bytes[index],
                                    .frame = from->frame[index],
                                    .outcome_count = from->outcome_count[index]};
    if (from->hash.len > 0) {
        memcpy(item->hash, from->hash.data + index * HASH_BYTES, HASH_BYTES);
    }
    item->service_us = from->n_item_us > 0 ? from->item_us[index] : 0;
    item->ledger_sequence = from->n_ledger_sequence > 0 ? from->ledger_sequence[index] : 0;
    item->tail_bytes = from->n_tail_bytes > 0 ? from->tail_bytes[index] : 0;
    item->outbox_sequence = from->n_outbox_sequence > 0 ? from->outbox_sequence[index] : 0;
    return lq_wire_in_require(verdict >= LQ_ITEM_DONE && verdict <= LQ_ITEM_CONFLICT, "verdict",
                              where) &&
           lq_wire_in_require(item->tail_bytes <= item->payload_bytes, "tail_bytes", where) &&
           lq_wire_in_require(item->outcome_count <= LQ_COMMANDS_PER_TICK_MAX, "outcome_count",
                              where);
}

static bool take_items(const Ledgerquest__V1__Result *from, struct lq_result_batch *batch,
                       struct lq_outcome_entry *outcomes, const char **where)
{
    uint64_t total_bytes = 0;
    size_t next = 0;

    for (uint32_t index = 0; index < batch->item_count; index++) {
        struct lq_result_item *item = &batch->items[index];
        if (!take_item(from, index, item, where) ||
            !lq_wire_in_require(item->outcome_count <= from->n_outcome - next, "outcome", where)) {
            return false;
        }
        item->outcomes = outcomes + next;
        next += item->outcome_count;
        total_bytes += item->payload_bytes;
    }
    return lq_wire_in_require(next == from->n_outcome, "outcome", where) &&
           lq_wire_in_require(total_bytes <= LQ_BODY_BYTES_MAX, "payload_bytes", where);
}

static bool take_outcomes(const Ledgerquest__V1__Result *from, struct lq_outcome_entry *outcomes,
                          const char **where)
{
    for (size_t index = 0; index < from->n_outcome; index++) {
        uint32_t outcome = from->outcome[index];
        if (!lq_wire_in_require(outcome >= LQ_OUTCOME_PENDING && outcome <= LQ_OUTCOME_UNUSED,
                                "outcome", where)) {
            return false;
        }
        outcomes[index] = (struct lq_outcome_entry){.outcome = (uint8_t)outcome};
    }
    for (size_t index = 0; index < from->n_details; index++) {
        const Ledgerquest__V1__OutcomeDetail *detail = from->details[index];
        if (!lq_wire_in_require(detail->index < from->n_outcome, "details.index", where)) {
            return false;
        }
        struct lq_outcome_entry *entry = &outcomes[detail->index];
        entry->frame = detail->frame;
        entry->reason = lq_view_text(detail->reason);
        if (!lq_wire_in_require(entry->reason.bytes < LQ_REASON_BYTES_MAX, "details.reason",
                                where)) {
            return false;
        }
    }
    return true;
}

static bool take_failures(const Ledgerquest__V1__Result *from, struct lq_result_batch *batch,
                          const char **where)
{
    for (size_t index = 0; index < from->n_failures; index++) {
        const Ledgerquest__V1__Failure *failure = from->failures[index];
        if (!lq_wire_in_require(failure->item < batch->item_count, "failures.item", where) ||
            !lq_wire_in_require(failure->command <= LQ_COMMANDS_PER_TICK_MAX, "failures.command",
                                where)) {
            return false;
        }
        struct lq_result_item *item = &batch->items[failure->item];
        item->error = lq_view_text(failure->error);
        item->cause = lq_view_text(failure->cause);
        item->command_at_fault = failure->command;
    }
    return true;
}

enum lq_result lq_result_batch_decode(struct lq_view from, struct lq_arena *arena,
                                      struct lq_result_batch *batch, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__result__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Result *message = (const Ledgerquest__V1__Result *)unpacked;
    size_t count = message->n_execution;
    if (!columns_match(message, where)) {
        return LQ_ERR_MALFORMED;
    }
    batch->items = lq_arena_take(arena, count * sizeof *batch->items);
    struct lq_outcome_entry *outcomes = lq_arena_take(arena, message->n_outcome * sizeof *outcomes);
    if (!lq_wire_in_require(count <= LQ_BATCH_ITEMS_MAX && batch->items != NULL, "execution",
                            where) ||
        !lq_wire_in_require(outcomes != NULL, "outcome", where)) {
        return LQ_ERR_LIMIT;
    }
    batch->epoch = message->epoch;
    batch->batch = message->batch;
    batch->service_us = message->service_us;
    batch->end_us = message->end_us;
    batch->timed = message->n_item_us > 0;
    batch->last = message->last != 0;
    batch->item_count = (uint32_t)count;
    bool taken = take_items(message, batch, outcomes, where) &&
                 take_outcomes(message, outcomes, where) && take_failures(message, batch, where);
    return taken ? LQ_OK : LQ_ERR_MALFORMED;
}

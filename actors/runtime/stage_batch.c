// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/stage_batch.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdlib.h>

#define ARENA_BYTES (2u * 1024u * 1024u)

void lq_stage_batch_open(struct lq_stage_batch *batch, struct lq_out_memory *memory)
{
    memset(batch, 0, sizeof *batch);
    lq_message_part_init(&batch->header);
    lq_message_part_init(&batch->body);
    batch->arena = (struct lq_arena){lq_alloc(ARENA_BYTES, 1), ARENA_BYTES, 0};
    batch->items = lq_alloc(LQ_BATCH_ITEMS_MAX, sizeof *batch->items);
    batch->answers = lq_alloc(LQ_BATCH_ITEMS_MAX, sizeof *batch->answers);
    batch->memory = memory;
}

void lq_stage_batch_close(struct lq_stage_batch *batch)
{
    lq_message_part_close(&batch->header);
    lq_message_part_close(&batch->body);
    lq_out_pool_give(batch->memory->bytes, batch->memory);
    free(batch->arena.memory);
    free(batch->items);
    free(batch->answers);
    memset(batch, 0, sizeof *batch);
}

uint64_t lq_stage_batch_item_limit_ns(const struct lq_stage_batch *batch, uint64_t usual_ms)
{
    return (batch->item_timeout_ms != 0 ? batch->item_timeout_ms : usual_ms) * LQ_NS_PER_MS;
}

void lq_stage_batch_begin(struct lq_stage_batch *batch, uint64_t now_ns)
{
    batch->begun_ns = now_ns;
    batch->slot = 0;
    batch->worked_count = 0;
    batch->end_us = 0;
    memset(batch->item_ns, 0, batch->item_count * sizeof batch->item_ns[0]);
}

void lq_stage_batch_return_all(struct lq_stage_batch *batch)
{
    for (uint32_t index = 0; index < batch->item_count; index++) {
        struct lq_answer *answer = &batch->answers[index];

        answer->verdict = LQ_ITEM_RETURNED;
        answer->failure.error[0] = '\0';
        answer->failure.cause[0] = '\0';
        answer->failure.command_at_fault = 0;
        answer->frame = 0;
        answer->ledger_sequence = 0;
        answer->outbox_sequence = 0;
        memset(answer->hash, 0, sizeof answer->hash);
        answer->outcome_count = 0;
        answer->payload_offset = 0;
        answer->payload_bytes = 0;
        answer->tail_bytes = 0;
    }
    batch->out = (struct lq_out_buffer){batch->memory->bytes, LQ_BODY_BYTES_MAX, 0};
}

static void take_messages(struct lq_stage_batch *batch, struct lq_message_part *header,
                          struct lq_message_part *body)
{
    /* The moved messages keep their memory, except that libzmq stores short ones (below 34 bytes)
     * inside the part itself. Views into those must be made after the move: see
     * message_in_header(). */
    lq_message_part_move(&batch->header, header);
    lq_message_part_move(&batch->body, body);
    lq_arena_reset(&batch->arena);
    batch->item_count = 0;
    batch->service_us = 0;
}

/* The protobuf message behind the framing, in the batch's own copy of the header. */
static struct lq_view message_in_header(struct lq_stage_batch *batch, size_t bytes)
{
    struct lq_view all = lq_message_part_view(&batch->header);

    LQ_ASSERT(bytes <= all.bytes);
    return lq_view_of(all.data + (all.bytes - bytes), bytes);
}

static enum lq_result lay_out_works(struct lq_stage_batch *batch,
                                    const struct lq_dispatch *dispatch, const char **where)
{
    const uint8_t *body = lq_message_part_view(&batch->body).data;
    size_t left = lq_message_part_bytes(&batch->body);

    for (uint32_t index = 0; index < dispatch->item_count; index++) {
        const struct lq_dispatch_item *item = &dispatch->items[index];

        if (item->payload_bytes > left) {
            *where = "payload_bytes: more than the body part has";
            return LQ_ERR_MALFORMED;
        }
        batch->items[index] = (struct lq_stage_item){
            .execution = {dispatch->epoch, item->execution},
            .lease = item->lease,
            .kind = (enum lq_execution_kind)item->kind,
            .flags = item->flags,
            .names = item->names,
            .events = item->events,
            .payload = lq_view_of(body, item->payload_bytes),
        };
        body += item->payload_bytes;
        left -= item->payload_bytes;
    }
    if (left != 0) {
        *where = "payload_bytes: less than the body part has";
        return LQ_ERR_MALFORMED;
    }
    return LQ_OK;
}

enum lq_result lq_stage_batch_read_dispatch(struct lq_stage_batch *batch, struct lq_view message,
                                            struct lq_message_part *header,
                                            struct lq_message_part *body, const char **where)
{
    struct lq_dispatch dispatch;

    take_messages(batch, header, body);
    message = message_in_header(batch, message.bytes);
    enum lq_result result = lq_dispatch_decode(message, &batch->arena, &dispatch, where);
    if (result != LQ_OK) {
        return result;
    }
    if (dispatch.item_count == 0 || dispatch.item_count > LQ_BATCH_ITEMS_MAX) {
        *where = "execution: 1 to 256 items";
        return LQ_ERR_LIMIT;
    }
    result = lay_out_works(batch, &dispatch, where);
    if (result != LQ_OK) {
        return result;
    }
    batch->kind = LQ_STAGE_BATCH_WORK;
    batch->epoch = dispatch.epoch;
    batch->number = dispatch.batch;
    batch->item_timeout_ms = dispatch.item_timeout_ms;
    batch->item_count = dispatch.item_count;
    lq_stage_batch_return_all(batch);
    return LQ_OK;
}

enum lq_result lq_stage_batch_read_resolve(struct lq_stage_batch *batch, struct lq_view message,
                                           struct lq_message_part *header, const char **where)
{
    struct lq_resolve resolve;
    struct lq_message_part no_body;

    lq_message_part_init(&no_body);
    take_messages(batch, header, &no_body);
    message = message_in_header(batch, message.bytes);
    enum lq_result result = lq_resolve_decode(message, &batch->arena, &resolve, where);
    if (result != LQ_OK) {
        return result;
    }
    if (resolve.item_count == 0 || resolve.item_count > LQ_BATCH_ITEMS_MAX) {
        *where = "execution: 1 to 256 items";
        return LQ_ERR_LIMIT;
    }
    batch->kind = LQ_STAGE_BATCH_RESOLVE;
    batch->epoch = resolve.epoch;
    batch->number = 0;
    batch->item_timeout_ms = 0;
    batch->item_count = resolve.item_count;
    batch->resolves = resolve.items;
    batch->fence = resolve.fence;
    for (uint32_t index = 0; index < resolve.item_count; index++) {
        batch->items[index] = (struct lq_stage_item){.execution = resolve.items[index].execution,
                                                     .lease = resolve.items[index].lease,
                                                     .names = resolve.items[index].names};
    }
    lq_stage_batch_return_all(batch);
    return LQ_OK;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/result_message.h"

#include "base/alloc.h"

#include <stdlib.h>

/* Below proto/wire_limits.h: LQ_WIRE_FIELDS_MAX keys, LQ_HEADER_BYTES_MAX bytes. */
#define KEYS_MAX 3600u
#define BYTES_MAX (200u * 1024u)
#define KEYS_OF_FAILURE 5u /* the submessage and its four fields */
#define KEYS_OF_DETAIL 4u

void lq_result_message_open(struct lq_result_message *message)
{
    memset(message, 0, sizeof *message);
    message->items = lq_alloc(LQ_BATCH_ITEMS_MAX, sizeof *message->items);
    message->header = lq_alloc(LQ_HEADER_BYTES_MAX, 1);
}

void lq_result_message_close(struct lq_result_message *message)
{
    free(message->items);
    free(message->header);
    memset(message, 0, sizeof *message);
}

void lq_result_message_pack(struct lq_stage_batch *batch)
{
    size_t used = 0;

    for (uint32_t index = 0; index < batch->item_count; index++) {
        struct lq_answer *answer = &batch->answers[index];

        if (answer->verdict == LQ_ITEM_FAILED || answer->verdict == LQ_ITEM_RETURNED) {
            answer->payload_bytes = 0;
            answer->tail_bytes = 0;
        }
        if (answer->payload_bytes == 0) {
            continue;
        }
        LQ_ASSERT(answer->payload_offset >= used);
        if (answer->payload_offset > used) {
            memmove(batch->out.memory + used, batch->out.memory + answer->payload_offset,
                    answer->payload_bytes);
            answer->payload_offset = used;
        }
        used += answer->payload_bytes;
    }
    batch->out.used_bytes = used;
}

/* Names and causes come from stages, perhaps from a user's: the wire wants UTF-8, so nothing beyond
 * printable ASCII leaves. */
static struct lq_view clean_text(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if (*at < 0x20 || *at > 0x7e) {
            *at = '?';
        }
    }
    return lq_view_text(text);
}

/* Rounded so that the items of a batch add up: what is cut off one is the next one's. */
static void fill_times(struct lq_result_item *items, const uint64_t *item_ns, uint32_t count)
{
    uint64_t rest_ns = 0;

    for (uint32_t index = 0; index < count; index++) {
        rest_ns += item_ns[index];
        items[index].service_us = (uint32_t)(rest_ns / 1000);
        rest_ns %= 1000;
    }
}

static void fill_item(struct lq_result_item *item, const struct lq_stage_item *of,
                      struct lq_answer *answer)
{
    *item = (struct lq_result_item){
        .execution = of->execution.counter,
        .lease = of->lease,
        .verdict = (uint8_t)answer->verdict,
        .payload_bytes = (uint32_t)answer->payload_bytes,
        .tail_bytes = (uint32_t)answer->tail_bytes,
        .frame = answer->frame,
        .ledger_sequence = answer->ledger_sequence,
        .outbox_sequence = answer->outbox_sequence,
        .outcome_count = answer->outcome_count,
        .outcomes = answer->outcomes,
        .error = clean_text(answer->failure.error),
        .cause = clean_text(answer->failure.cause),
        .command_at_fault = answer->failure.command_at_fault,
    };
    memcpy(item->hash, answer->hash, sizeof item->hash);
}

/* What an answer adds to a header, at most. */
static void count_answer(const struct lq_answer *answer, uint32_t *keys, size_t *bytes)
{
    LQ_ASSERT(answer->outcome_count <= LQ_COMMANDS_PER_TICK_MAX);
    *bytes += 112 + answer->outcome_count;
    if (answer->failure.error[0] != '\0' || answer->verdict == LQ_ITEM_FAILED) {
        *keys += KEYS_OF_FAILURE;
        *bytes += 32 + strlen(answer->failure.error) + strlen(answer->failure.cause);
    }
    for (uint32_t index = 0; index < answer->outcome_count; index++) {
        const struct lq_outcome_entry *outcome = &answer->outcomes[index];
        if (outcome->frame != 0 || outcome->reason.bytes != 0) {
            *keys += KEYS_OF_DETAIL;
            *bytes += 24 + outcome->reason.bytes;
        }
    }
}

uint32_t lq_result_message_build(struct lq_result_message *message, struct lq_stage_batch *batch,
                                 uint32_t first)
{
    uint32_t index = first;
    uint32_t keys = 0;
    size_t bytes = 0;

    LQ_ASSERT(first < batch->item_count);
    message->payload_bytes = 0;
    message->payload_offset = 0;
    for (; index < batch->item_count; index++) {
        struct lq_answer *answer = &batch->answers[index];
        count_answer(answer, &keys, &bytes);
        if (index > first && (keys > KEYS_MAX || bytes > BYTES_MAX)) {
            break;
        }
        if (answer->payload_bytes > 0 && message->payload_bytes == 0) {
            message->payload_offset = answer->payload_offset;
        }
        message->payload_bytes += answer->payload_bytes;
        fill_item(&message->items[index - first], &batch->items[index], answer);
    }
    fill_times(message->items, &batch->item_ns[first], index - first);
    struct lq_result_batch result = {
        .epoch = batch->epoch,
        .batch = batch->number,
        .service_us = (uint32_t)((uint64_t)batch->service_us * (index - first) / batch->item_count),
        .end_us = (uint32_t)((uint64_t)batch->end_us * (index - first) / batch->item_count),
        .timed = true,
        .last = index == batch->item_count,
        .item_count = index - first,
        .items = message->items,
    };
    enum lq_message_kind kind =
        batch->kind == LQ_STAGE_BATCH_RESOLVE ? LQ_MESSAGE_RESOLVED : LQ_MESSAGE_RESULT;
    enum lq_result encoded = lq_result_batch_encode(kind, &result, message->header,
                                                    LQ_HEADER_BYTES_MAX, &message->header_bytes);
    LQ_ASSERT(encoded == LQ_OK);
    return index;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/result_message.h"

#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>

static struct lq_out_pool pool;
static struct lq_stage_batch batch;
static struct lq_result_message message;
static struct lq_arena arena;

static void open_all(void)
{
    lq_out_pool_open(&pool, 1);
    lq_stage_batch_open(&batch, lq_out_pool_take(&pool));
    lq_result_message_open(&message);
    arena = (struct lq_arena){malloc(8u << 20), 8u << 20, 0};
}

static void close_all(void)
{
    lq_stage_batch_close(&batch);
    lq_result_message_close(&message);
    lq_out_pool_close(&pool);
    free(arena.memory);
}

static void make_batch(uint32_t items)
{
    batch.kind = LQ_STAGE_BATCH_WORK;
    batch.epoch = 4;
    batch.number = 8;
    batch.item_count = items;
    for (uint32_t index = 0; index < items; index++) {
        batch.items[index] = (struct lq_stage_item){
            .execution = {4, 100 + index}, .lease = index, .payload = {NULL, 0}};
    }
    lq_stage_batch_return_all(&batch);
}

static void decode(struct lq_result_batch *result)
{
    struct lq_view part = lq_view_of(message.header, message.header_bytes);
    enum lq_message_kind kind;
    struct lq_view inner;
    const char *where = "";

    lq_arena_reset(&arena);
    ck_assert_int_eq(lq_framing_get(part, &kind, &inner), LQ_OK);
    ck_assert_int_eq(kind, LQ_MESSAGE_RESULT);
    enum lq_result decoded = lq_result_batch_decode(inner, &arena, result, &where);
    ck_assert_msg(decoded == LQ_OK, "%s: %s", lq_result_text(decoded), where);
}

/* DONE with `bytes` of `letter`. */
static void keep(uint32_t index, char letter, size_t bytes)
{
    memset(lq_out_buffer_reserve(&batch.out, bytes), letter, bytes);
    lq_out_buffer_keep(&batch.out, &batch.answers[index], bytes);
    batch.answers[index].verdict = LQ_ITEM_DONE;
}

START_TEST(test_failed_items_leave_no_payload)
{
    struct lq_result_batch result;

    make_batch(4);
    keep(0, 'a', 3);
    keep(1, 'b', 5);
    keep(3, 'd', 2);
    lq_answer_fail(&batch.answers[1], "A.Fault", "caf\xc3\xa9 %d", 1);
    lq_result_message_pack(&batch);
    ck_assert_uint_eq(lq_result_message_build(&message, &batch, 0), 4);
    decode(&result);
    ck_assert_uint_eq(result.item_count, 4);
    ck_assert(result.last);
    ck_assert_uint_eq(result.batch, 8);
    ck_assert_uint_eq(result.items[2].verdict, LQ_ITEM_RETURNED);
    ck_assert_uint_eq(result.items[3].execution, 103);
    ck_assert(lq_view_equal(result.items[1].error, lq_view_text("A.Fault")));
    ck_assert(lq_view_equal(result.items[1].cause, lq_view_text("caf?? 1")));
    ck_assert_uint_eq(message.payload_offset, 0);
    ck_assert_uint_eq(message.payload_bytes, 5);
    ck_assert_mem_eq(batch.out.memory, "aaadd", 5);
}
END_TEST

START_TEST(test_the_worst_batch_is_split)
{
    static char reason[LQ_REASON_BYTES_MAX];
    struct lq_result_batch result;
    uint32_t next, messages = 0, items = 0;
    size_t payload = 0;

    make_batch(LQ_BATCH_ITEMS_MAX);
    memset(reason, 'r', sizeof reason - 1);
    for (uint32_t index = 0; index < LQ_BATCH_ITEMS_MAX; index++) {
        struct lq_answer *answer = &batch.answers[index];
        keep(index, 'x', 100);
        answer->outcome_count = LQ_COMMANDS_PER_TICK_MAX;
        for (uint32_t entry = 0; entry < LQ_COMMANDS_PER_TICK_MAX; entry++) {
            answer->outcomes[entry] = (struct lq_outcome_entry){
                LQ_OUTCOME_REFUSED, 1, lq_out_buffer_text(&batch.out, reason)};
        }
    }
    lq_result_message_pack(&batch);
    for (uint32_t first = 0; first < batch.item_count; first = next) {
        next = lq_result_message_build(&message, &batch, first);
        ck_assert_uint_gt(next, first);
        decode(&result);
        ck_assert_int_eq(result.last, next == batch.item_count);
        ck_assert_uint_eq(result.items[0].execution, 100 + first);
        ck_assert_uint_eq(message.payload_offset, payload);
        ck_assert(lq_view_equal(result.items[0].outcomes[63].reason, lq_view_text(reason)));
        payload += message.payload_bytes;
        items += result.item_count;
        messages++;
    }
    ck_assert_uint_eq(items, LQ_BATCH_ITEMS_MAX);
    ck_assert_uint_eq(payload, LQ_BATCH_ITEMS_MAX * 100);
    ck_assert_uint_gt(messages, 10);
}
END_TEST

START_TEST(test_every_item_failed)
{
    struct lq_result_batch result;

    make_batch(LQ_BATCH_ITEMS_MAX);
    for (uint32_t index = 0; index < LQ_BATCH_ITEMS_MAX; index++) {
        lq_answer_fail(&batch.answers[index], "Score.Marked", "%0250d", 1);
        batch.answers[index].failure.command_at_fault = 64;
    }
    lq_result_message_pack(&batch);
    ck_assert_uint_eq(lq_result_message_build(&message, &batch, 0), LQ_BATCH_ITEMS_MAX);
    decode(&result);
    ck_assert_uint_eq(result.items[255].command_at_fault, 64);
    ck_assert_uint_eq(message.payload_bytes, 0);
}
END_TEST

TCase *lq_test_result_message(void);
TCase *lq_test_result_message(void)
{
    TCase *tc = tcase_create("result_message");

    tcase_add_checked_fixture(tc, open_all, close_all);
    tcase_add_test(tc, test_failed_items_leave_no_payload);
    tcase_add_test(tc, test_the_worst_batch_is_split);
    tcase_add_test(tc, test_every_item_failed);
    return tc;
}

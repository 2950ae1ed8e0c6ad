// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_runtime.h"
#include "actors/runtime/out_pool.h"

#include "tests/support/suite.h"

#include <stdlib.h>

START_TEST(test_payloads_from_the_front_texts_from_the_end)
{
    static uint8_t memory[64];
    struct lq_out_buffer out = {memory, sizeof memory, 0};
    static struct lq_answer first, second;

    ck_assert_ptr_eq(lq_out_buffer_reserve(&out, 64), memory);
    ck_assert_ptr_null(lq_out_buffer_reserve(&out, 65));
    lq_out_buffer_keep(&out, &first, 10);
    ck_assert_ptr_eq(lq_out_buffer_reserve(&out, 20), memory + 10);
    lq_out_buffer_keep(&out, &second, 20);
    ck_assert_uint_eq(second.payload_offset, 10);
    ck_assert_uint_eq(second.payload_bytes, 20);

    struct lq_view text = lq_out_buffer_text(&out, "caf\xc3\xa9\n");
    ck_assert_uint_eq(text.bytes, 6);
    ck_assert_ptr_eq(text.data, memory + 58);
    ck_assert_mem_eq(text.data, "caf???", 6); /* nothing but printable ASCII leaves */
    ck_assert_ptr_null(lq_out_buffer_reserve(&out, 29));
    ck_assert_ptr_nonnull(lq_out_buffer_reserve(&out, 28));
    text = lq_out_buffer_text(&out, "a text that is longer than the room");
    ck_assert_uint_eq(text.bytes, 0);
}
END_TEST

START_TEST(test_outcomes_of_a_tick)
{
    static uint8_t memory[256];
    static struct lq_tick tick;
    static struct lq_answer answer;
    struct lq_out_buffer out = {memory, sizeof memory, 0};

    lq_tick_clear(&tick);
    tick.command_count = 3;
    tick.commands[0].outcome = LQ_OUTCOME_APPLIED;
    tick.commands[1].outcome = LQ_OUTCOME_DUPLICATE;
    tick.commands[1].duplicate_of_frame = 9;
    lq_command_refuse(&tick.commands[2], "radius: too big");
    lq_answer_take_outcomes(&answer, &tick, &out);
    ck_assert_uint_eq(answer.outcome_count, 3);
    ck_assert_uint_eq(answer.outcomes[0].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(answer.outcomes[1].frame, 9);
    ck_assert(lq_view_equal(answer.outcomes[2].reason, lq_view_text("radius: too big")));
    ck_assert_uint_eq(answer.outcomes[0].reason.bytes, 0);
}
END_TEST

START_TEST(test_pool_gives_each_memory_once)
{
    static struct lq_out_pool pool;

    lq_out_pool_open(&pool, 2);
    struct lq_out_memory *first = lq_out_pool_take(&pool);
    struct lq_out_memory *second = lq_out_pool_take(&pool);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_ne(first, second);
    ck_assert_ptr_null(lq_out_pool_take(&pool));
    lq_out_pool_give(first->bytes, first);
    ck_assert_ptr_eq(lq_out_pool_take(&pool), first);
    lq_out_pool_give(second->bytes, second);
    uint8_t *with_libzmq = first->bytes;
    lq_out_pool_close(&pool);
    lq_out_pool_close(&pool);
    ck_assert_ptr_null(second->bytes);
    with_libzmq[0] = 1;
    lq_out_pool_give(with_libzmq, first);
    free(with_libzmq);
}
END_TEST

TCase *lq_test_out_buffer(void);
TCase *lq_test_out_buffer(void)
{
    TCase *tc = tcase_create("out_buffer");

    tcase_add_test(tc, test_payloads_from_the_front_texts_from_the_end);
    tcase_add_test(tc, test_outcomes_of_a_tick);
    tcase_add_test(tc, test_pool_gives_each_memory_once);
    return tc;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/arena.h"

#include "tests/unit/base/base_cases.h"

START_TEST(test_arena_is_a_budget)
{
    static uint8_t memory[64] __attribute__((aligned(16)));
    struct lq_arena arena = {memory, sizeof memory, 0};

    uint8_t *first = lq_arena_take(&arena, 1);
    uint8_t *second = lq_arena_take(&arena, 16);
    ck_assert_ptr_eq(first, memory);
    ck_assert_ptr_eq(second, memory + 16);
    ck_assert_ptr_null(lq_arena_take(&arena, 33));
    ck_assert_ptr_nonnull(lq_arena_take(&arena, 32));
    ck_assert_ptr_null(lq_arena_take(&arena, 1));
    lq_arena_reset(&arena);
    ck_assert_ptr_eq(lq_arena_take(&arena, 64), memory);
}
END_TEST

START_TEST(test_arena_does_not_wrap_around)
{
    static uint8_t memory[64] __attribute__((aligned(16)));
    struct lq_arena arena = {memory, sizeof memory, 0};

    ck_assert_ptr_null(lq_arena_take(&arena, SIZE_MAX));
    ck_assert_ptr_null(lq_arena_take(&arena, SIZE_MAX - 15));
    ck_assert_uint_eq(arena.used_bytes, 0);
}
END_TEST

TCase *lq_test_arena(void)
{
    TCase *tc = tcase_create("arena");

    tcase_add_test(tc, test_arena_is_a_budget);
    tcase_add_test(tc, test_arena_does_not_wrap_around);
    return tc;
}

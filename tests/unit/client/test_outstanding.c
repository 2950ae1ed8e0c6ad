// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/outstanding.h"
#include "tests/unit/client/client_cases.h"

#include <string.h>

enum { SLOTS = 8 };

static struct lq_outstanding table;

static void open_table(void)
{
    lq_outstanding_init(&table, SLOTS);
}

static void release_table(void)
{
    lq_outstanding_release(&table);
}

static uint32_t add(uint64_t sequence)
{
    return lq_outstanding_add(&table, 0, sequence, lq_view_text("body"), NULL, 1);
}

static void send_all(void)
{
    while (table.unsent != LQ_OUTSTANDING_NONE) {
        lq_outstanding_mark_sent(&table, 1);
    }
}

/* Everything from `unsent` on, by sequence, must be the digits of `expected`. */
static void expect_unsent(const char *expected)
{
    char found[SLOTS + 1] = "";
    size_t count = 0;

    for (uint32_t index = table.unsent; index != LQ_OUTSTANDING_NONE;
         index = table.slots[index].next) {
        found[count++] = (char)('0' + table.slots[index].sequence);
    }
    ck_assert_str_eq(found, expected);
}

START_TEST(keeps_the_order_of_submission)
{
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        ck_assert_uint_ne(add(sequence), LQ_OUTSTANDING_NONE);
    }
    expect_unsent("123");
    ck_assert(!lq_outstanding_mark_sent(&table, 1));
    expect_unsent("23");
    add(4);
    expect_unsent("234");
}
END_TEST

START_TEST(rewind_sends_what_is_left_in_order)
{
    uint32_t indices[5];

    for (uint64_t sequence = 1; sequence <= 5; sequence++) {
        indices[sequence - 1] = add(sequence);
    }
    send_all();
    expect_unsent("");
    lq_outstanding_remove(&table, indices[1]);
    lq_outstanding_remove(&table, indices[4]);
    add(6);
    expect_unsent("6");
    lq_outstanding_rewind(&table);
    expect_unsent("1346");
    ck_assert(lq_outstanding_mark_sent(&table, 1));
    ck_assert(lq_outstanding_mark_sent(&table, 1));
    ck_assert(lq_outstanding_mark_sent(&table, 1));
    ck_assert(!lq_outstanding_mark_sent(&table, 1)); /* 6 goes out for the first time */
}
END_TEST

START_TEST(an_answer_removes_what_was_to_be_sent_again)
{
    uint32_t first = add(1);

    add(2);
    send_all();
    lq_outstanding_rewind(&table);
    lq_outstanding_remove(&table, first);
    expect_unsent("2");
}
END_TEST

START_TEST(a_late_copy_hits_nothing)
{
    uint32_t index = add(1);
    uint64_t tag = lq_outstanding_tag(&table, index, 1);

    ck_assert_uint_eq(lq_outstanding_find(&table, tag), index);
    lq_outstanding_remove(&table, index);
    ck_assert_uint_eq(lq_outstanding_find(&table, tag), LQ_OUTSTANDING_NONE);
    ck_assert_uint_eq(add(2), index); /* the same slot, another command */
    ck_assert_uint_eq(lq_outstanding_find(&table, tag), LQ_OUTSTANDING_NONE);
    ck_assert_uint_ne(lq_outstanding_tag(&table, index, 1), tag);
}
END_TEST

static const uint64_t foreign_tags[] = {0, SLOTS, UINT64_MAX, UINT64_C(1) << 32 | SLOTS, 7};

START_TEST(foreign_tags_find_nothing)
{
    add(1);
    ck_assert_uint_eq(lq_outstanding_find(&table, foreign_tags[_i]), LQ_OUTSTANDING_NONE);
}
END_TEST

START_TEST(is_full_after_its_slots)
{
    for (uint64_t sequence = 1; sequence <= SLOTS; sequence++) {
        ck_assert_uint_ne(add(sequence), LQ_OUTSTANDING_NONE);
    }
    ck_assert_uint_eq(add(9), LQ_OUTSTANDING_NONE);
    ck_assert_uint_eq(table.count, SLOTS);
    lq_outstanding_remove(&table, table.first);
    ck_assert_uint_ne(add(9), LQ_OUTSTANDING_NONE);
}
END_TEST

START_TEST(long_bodies_have_memory_of_their_own)
{
    uint8_t body[1000];

    memset(body, 7, sizeof body);
    for (size_t bytes = 0; bytes <= sizeof body; bytes += 50) {
        uint32_t index = lq_outstanding_add(&table, 0, 1, lq_view_of(body, bytes), NULL, 1);
        struct lq_view kept = lq_outstanding_body(&table, index);
        ck_assert_uint_eq(kept.bytes, bytes);
        ck_assert(bytes == 0 || memcmp(kept.data, body, bytes) == 0);
        lq_outstanding_remove(&table, index);
    }
}
END_TEST

START_TEST(no_slots_are_possible)
{
    struct lq_outstanding empty;

    lq_outstanding_init(&empty, 0);
    ck_assert_uint_eq(lq_outstanding_add(&empty, 0, 1, lq_view_text(""), NULL, 1),
                      LQ_OUTSTANDING_NONE);
    ck_assert_uint_eq(lq_outstanding_find(&empty, 0), LQ_OUTSTANDING_NONE);
    lq_outstanding_release(&empty);
}
END_TEST

TCase *lq_test_outstanding(void)
{
    TCase *tests = tcase_create("outstanding");

    tcase_add_checked_fixture(tests, open_table, release_table);
    tcase_add_test(tests, keeps_the_order_of_submission);
    tcase_add_test(tests, rewind_sends_what_is_left_in_order);
    tcase_add_test(tests, an_answer_removes_what_was_to_be_sent_again);
    tcase_add_test(tests, a_late_copy_hits_nothing);
    tcase_add_loop_test(tests, foreign_tags_find_nothing, 0,
                        sizeof foreign_tags / sizeof foreign_tags[0]);
    tcase_add_test(tests, is_full_after_its_slots);
    tcase_add_test(tests, long_bodies_have_memory_of_their_own);
    tcase_add_test(tests, no_slots_are_possible);
    return tests;
}

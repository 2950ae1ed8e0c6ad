// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/outstanding.h"
#include "tests/unit/client/client_cases.h"

#include <string.h>

enum { SLOTS = 8 };

static struct lq_outstanding table;
static struct lq_outstanding_list list;
static uint64_t mark; /* of the newest message */

static void open_table(void)
{
    lq_outstanding_init(&table, SLOTS);
    lq_outstanding_list_init(&list);
    mark = 0;
}

static void release_table(void)
{
    lq_outstanding_release(&table);
}

static uint32_t add(uint64_t sequence)
{
    const struct lq_outstanding_command command = {.sequence = sequence,
                                                   .body = lq_view_text("body")};

    return lq_outstanding_add(&table, &list, &command, 1);
}

static void send_all(void)
{
    while (list.unsent != LQ_OUTSTANDING_NONE) {
        lq_outstanding_mark_sent(&table, &list, 1, ++mark);
    }
}

/* Everything from `unsent` on, by sequence, must be the digits of `expected`. */
static void expect_unsent(const char *expected)
{
    char found[SLOTS + 1] = "";
    size_t count = 0;

    for (uint32_t index = list.unsent; index != LQ_OUTSTANDING_NONE;
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
    ck_assert(!lq_outstanding_mark_sent(&table, &list, 1, ++mark));
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
    lq_outstanding_remove(&table, &list, indices[1]);
    lq_outstanding_remove(&table, &list, indices[4]);
    add(6);
    expect_unsent("6");
    lq_outstanding_rewind(&list);
    expect_unsent("1346");
    ck_assert(lq_outstanding_mark_sent(&table, &list, 1, ++mark));
    ck_assert(lq_outstanding_mark_sent(&table, &list, 1, ++mark));
    ck_assert(lq_outstanding_mark_sent(&table, &list, 1, ++mark));
    ck_assert(
        !lq_outstanding_mark_sent(&table, &list, 1, ++mark)); /* 6 goes out for the first time */
}
END_TEST

START_TEST(an_answer_removes_what_was_to_be_sent_again)
{
    uint32_t first = add(1);

    add(2);
    send_all();
    lq_outstanding_rewind(&list);
    lq_outstanding_remove(&table, &list, first);
    expect_unsent("2");
}
END_TEST

START_TEST(a_late_copy_hits_nothing)
{
    uint32_t index = add(1);
    uint64_t tag = lq_outstanding_tag(&table, index, 1);

    ck_assert_uint_eq(lq_outstanding_find(&table, tag), index);
    lq_outstanding_remove(&table, &list, index);
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
    lq_outstanding_remove(&table, &list, list.first);
    ck_assert_uint_ne(add(9), LQ_OUTSTANDING_NONE);
}
END_TEST

/* Whatever a message had that was sent behind another. */
START_TEST(rewinds_behind_a_message)
{
    for (uint64_t sequence = 1; sequence <= 5; sequence++) {
        add(sequence);
    }
    for (uint32_t sent = 0; sent < 4; sent++) {
        lq_outstanding_mark_sent(&table, &list, 1, sent < 3 ? 7 : 8);
    }
    lq_outstanding_rewind_behind(&table, &list, 8);
    expect_unsent("5");
    lq_outstanding_rewind_behind(&table, &list, 7);
    expect_unsent("45");
    lq_outstanding_rewind_behind(&table, &list, 0);
    expect_unsent("12345");
    lq_outstanding_rewind_behind(&table, &list, 0);
    expect_unsent("12345");
    mark = 8;
    send_all(); /* each in a message of its own */
    lq_outstanding_rewind_behind(&table, &list, 10);
    expect_unsent("345");
}
END_TEST

/* Slots are shared, lists are not: no run goes from one to the other. */
START_TEST(lists_are_apart)
{
    struct lq_outstanding_list second;
    int clients[2]; /* any two addresses */
    struct lq_outstanding_command command = {.sequence = 1,
                                             .client = (struct lq_client *)&clients[0]};

    lq_outstanding_list_init(&second);
    uint32_t first = lq_outstanding_add(&table, &list, &command, 1);
    command.client = (struct lq_client *)&clients[1];
    uint32_t other = lq_outstanding_add(&table, &second, &command, 1);
    ck_assert(lq_outstanding_in_order(&table, first, first));
    ck_assert(!lq_outstanding_in_order(&table, first, other));
    ck_assert(!lq_outstanding_in_order(&table, other, first));
    lq_outstanding_mark_sent(&table, &list, 1, 1);
    ck_assert_uint_eq(list.unsent, LQ_OUTSTANDING_NONE);
    ck_assert_uint_eq(second.unsent, other);
    lq_outstanding_remove(&table, &second, other);
    ck_assert_uint_eq(list.count, 1);
    ck_assert_uint_eq(second.count, 0);
    ck_assert_uint_eq(table.count, 1);
}
END_TEST

/* What somebody else may have sent is never known to be refused. */
START_TEST(copies_of_others_count)
{
    const struct lq_outstanding_command command = {.sequence = 1, .sent_before = true};
    uint32_t index = lq_outstanding_add(&table, &list, &command, 1);

    ck_assert_uint_eq(lq_outstanding_copies(&table, index), 1);
    lq_outstanding_mark_sent(&table, &list, 1, 1);
    ck_assert_uint_eq(lq_outstanding_copies(&table, index), 2);
    lq_outstanding_mark_refused(&table, index, 1);
    lq_outstanding_mark_refused(&table, index, 1);
    ck_assert_uint_eq(lq_outstanding_copies(&table, index), 1);
}
END_TEST

START_TEST(long_bodies_have_memory_of_their_own)
{
    uint8_t body[1000];

    memset(body, 7, sizeof body);
    for (size_t bytes = 0; bytes <= sizeof body; bytes += 50) {
        const struct lq_outstanding_command command = {.sequence = 1,
                                                       .body = lq_view_of(body, bytes)};
        uint32_t index = lq_outstanding_add(&table, &list, &command, 1);
        struct lq_view kept = lq_outstanding_body(&table, index);
        ck_assert_uint_eq(kept.bytes, bytes);
        ck_assert(bytes == 0 || memcmp(kept.data, body, bytes) == 0);
        lq_outstanding_remove(&table, &list, index);
    }
}
END_TEST

START_TEST(no_slots_are_possible)
{
    struct lq_outstanding empty;

    lq_outstanding_init(&empty, 0);
    const struct lq_outstanding_command command = {.sequence = 1};
    ck_assert_uint_eq(lq_outstanding_add(&empty, &list, &command, 1), LQ_OUTSTANDING_NONE);
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
    tcase_add_test(tests, rewinds_behind_a_message);
    tcase_add_test(tests, lists_are_apart);
    tcase_add_test(tests, copies_of_others_count);
    tcase_add_test(tests, long_bodies_have_memory_of_their_own);
    tcase_add_test(tests, no_slots_are_possible);
    return tests;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/letter_index.h"

#include "tests/support/suite.h"

#define LETTERS 50u

static struct lq_letter_index new_index(uint32_t letters_max)
{
    static struct lq_letter_slot slots[256];
    struct lq_letter_index index;

    memset(slots, 0, sizeof slots);
    ck_assert_uint_le(lq_letter_index_slots(letters_max), 256);
    lq_letter_index_init(&index, letters_max, slots);
    return index;
}

static struct lq_client_id client_of(uint32_t number)
{
    struct lq_client_id client = {{0}};

    memcpy(client.bytes, &number, sizeof number);
    return client;
}

START_TEST(test_letter_index_finds_what_was_added)
{
    struct lq_letter_index index = new_index(2);
    struct lq_client_id a = client_of(1);
    struct lq_client_id b = client_of(2);

    ck_assert_uint_eq(lq_letter_index_find(&index, &a, 1, 77), 0);
    ck_assert(lq_letter_index_add(&index, &a, 1, 77, 900));
    ck_assert_uint_eq(lq_letter_index_find(&index, &a, 1, 77), 900);
    ck_assert_uint_eq(lq_letter_index_find(&index, &a, 2, 77), 0);
    ck_assert_uint_eq(lq_letter_index_find(&index, &b, 1, 77), 0);
    ck_assert_uint_eq(lq_letter_index_find(&index, &a, 1, 78), 0);
    ck_assert(lq_letter_index_add(&index, &a, 1, 77, 901)); /* another letter of the same command */
    ck_assert_uint_eq(index.count, 1);
    ck_assert_uint_eq(lq_letter_index_find(&index, &a, 1, 77), 901);
    ck_assert(lq_letter_index_add(&index, &b, 1, 77, 902));
    ck_assert(!lq_letter_index_add(&index, &b, 2, 77, 903)); /* full */
    ck_assert(lq_letter_index_remove(&index, &a, 1, 77));
    ck_assert(!lq_letter_index_remove(&index, &a, 1, 77));
    ck_assert(lq_letter_index_add(&index, &b, 2, 77, 903));
}
END_TEST

/* Adding and removing in any order leaves every other letter to be found: no hole breaks a chain.
 */
START_TEST(test_letter_index_agrees_with_a_list)
{
    struct lq_letter_index index = new_index(LETTERS);
    uint64_t list[LETTERS * 2] = {0};
    uint32_t count = 0;
    uint32_t random = 99;

    for (uint32_t step = 0; step < 20000; step++) {
        random = random * 1664525u + 1013904223u;
        uint32_t number = (random >> 16) % (LETTERS * 2);
        struct lq_client_id client = client_of(number);
        if ((random & 1) == 0) {
            bool added = lq_letter_index_add(&index, &client, number, 5, step + 1);
            ck_assert(added == (list[number] != 0 || count < LETTERS));
            count += added && list[number] == 0;
            list[number] = added ? step + 1 : list[number];
        } else {
            bool removed = lq_letter_index_remove(&index, &client, number, 5);
            ck_assert(removed == (list[number] != 0));
            count -= removed;
            list[number] = 0;
        }
        ck_assert_uint_eq(index.count, count);
        for (uint32_t check = 0; check < LETTERS * 2; check += 7) {
            client = client_of(check);
            LQ_HOLDS(lq_letter_index_find(&index, &client, check, 5) == list[check],
                     "letter of number %u", check);
        }
    }
}
END_TEST

TCase *lq_test_letter_index(void);
TCase *lq_test_letter_index(void)
{
    TCase *tc = tcase_create("letter_index");

    tcase_add_test(tc, test_letter_index_finds_what_was_added);
    tcase_add_test(tc, test_letter_index_agrees_with_a_list);
    return tc;
}

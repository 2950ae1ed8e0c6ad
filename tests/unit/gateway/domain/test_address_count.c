// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/address_count.h"
#include "tests/support/suite.h"

TCase *lq_test_address_count(void);

enum { ADDRESSES = 40, CAPACITY = 128, CONNECTIONS_MAX = 64 };

static struct lq_address_entry entries[CAPACITY];

static struct lq_address address_of(uint32_t number)
{
    struct lq_address address = {
        {[10] = 0xff, [11] = 0xff, [14] = (uint8_t)(number >> 8), [15] = (uint8_t)number}};

    return address;
}

START_TEST(test_key)
{
    struct lq_address v4 = address_of(513);
    struct lq_address v6 = {{0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
    struct lq_address other = v6;

    ck_assert_mem_eq(lq_address_count_key(v4).bytes, v4.bytes, LQ_ADDRESS_BYTES);
    other.bytes[15] = 99;
    ck_assert_mem_eq(lq_address_count_key(v6).bytes, lq_address_count_key(other).bytes,
                     LQ_ADDRESS_BYTES);
    other.bytes[7] = 99;
    ck_assert_mem_ne(lq_address_count_key(v6).bytes, lq_address_count_key(other).bytes,
                     LQ_ADDRESS_BYTES);
}
END_TEST

/* Against plain counters, with few enough entries that they lie in each other's way. */
START_TEST(test_model)
{
    struct lq_address_count count;
    uint32_t connections[ADDRESSES] = {0};
    uint32_t pending[ADDRESSES] = {0};
    uint32_t all = 0;
    uint32_t wrong = 0;
    uint64_t random = lq_suite_seed(3 + (uint64_t)_i);

    memset(entries, 0, sizeof entries);
    lq_address_count_begin(&count, entries, CAPACITY, random);
    for (int step = 0; step < 50000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint32_t which = (uint32_t)(random >> 33) % ADDRESSES;
        struct lq_address address = address_of(which);
        uint32_t act = random >> 60 & 3;
        if (act <= 1 && all < CONNECTIONS_MAX) {
            lq_address_count_add(&count, address);
            connections[which]++;
            pending[which]++;
            all++;
        } else if (act == 2 && pending[which] > 0) {
            lq_address_count_settle(&count, address);
            pending[which]--;
        } else if (connections[which] > 0) {
            bool was_pending = pending[which] == connections[which] ||
                               (pending[which] > 0 && (random >> 50 & 1) != 0);
            lq_address_count_remove(&count, address, was_pending);
            connections[which]--;
            pending[which] -= was_pending ? 1 : 0;
            all--;
        }
        for (uint32_t each = 0; each < ADDRESSES; each++) {
            struct lq_address_entry entry = lq_address_count_find(&count, address_of(each));
            wrong += entry.connections != connections[each] ? 1 : 0;
            wrong += connections[each] != 0 && entry.pending != pending[each] ? 1 : 0;
        }
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

TCase *lq_test_address_count(void)
{
    TCase *tcase = tcase_create("address_count");

    tcase_add_test(tcase, test_key);
    tcase_add_loop_test(tcase, test_model, 0, 3);
    return tcase;
}

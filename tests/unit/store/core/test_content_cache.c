// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/content_cache.h"

#include "tests/support/suite.h"

#include <stdlib.h>

enum { KEYS = 12, BYTES_MAX = 9000, STEPS = 20000 };

/* What a step puts under a key: so any copy can be told from any other. */
struct model_entry {
    bool there;
    uint64_t frame; /* the step that put it */
    size_t bytes;
};

static struct lq_content_cache cache;
static struct model_entry model[KEYS];
static void *memory;

static void start(size_t bytes)
{
    memory = calloc(1, bytes + 1);
    ck_assert_ptr_nonnull(memory);
    memset(model, 0, sizeof model);
    lq_content_cache_start(&cache, memory, bytes);
}

static struct lq_view key_of(uint64_t index)
{
    static char names[KEYS][8];

    names[index][0] = 'k';
    names[index][1] = (char)('a' + index);
    return lq_view_of(names[index], 2 + index % 3);
}

static struct lq_view content_of(uint64_t frame, size_t bytes)
{
    static uint8_t content[BYTES_MAX];

    for (size_t at = 0; at < bytes; at++) {
        content[at] = (uint8_t)(frame * 7 + at / 3);
    }
    return lq_view_of(content, bytes);
}

static void put(uint64_t index, uint64_t frame, size_t bytes)
{
    uint8_t proof[LQ_HASH_BYTES];

    memset(proof, (int)frame, sizeof proof);
    lq_content_cache_put(&cache, key_of(index), frame, proof, content_of(frame, bytes));
    model[index] = (struct model_entry){true, frame, bytes};
}

/* What is there is what was put last; the number of contents that are there. */
static uint32_t check(void)
{
    static uint8_t copy[BYTES_MAX];
    uint32_t there = 0;

    for (uint64_t index = 0; index < KEYS; index++) {
        const struct lq_cached_content *entry = lq_content_cache_find(&cache, key_of(index));
        if (entry == NULL) {
            model[index].there = false;
            continue;
        }
        there++;
        LQ_HOLDS(model[index].there, "key %d", (int)index);
        LQ_HOLDS(entry->frame == model[index].frame, "key %d", (int)index);
        LQ_HOLDS(entry->bytes == model[index].bytes, "key %d", (int)index);
        LQ_HOLDS(entry->proof[31] == (uint8_t)entry->frame, "key %d", (int)index);
        lq_content_cache_copy(&cache, entry, copy);
        LQ_HOLDS(memcmp(copy, content_of(entry->frame, entry->bytes).data, entry->bytes) == 0,
                 "key %d", (int)index);
    }
    return there;
}

START_TEST(test_content_cache_keeps_what_fits)
{
    start(1024 * 1024);
    for (uint64_t index = 0; index < KEYS; index++) {
        put(index, index + 1, 1 + index * 700);
    }
    ck_assert_uint_eq(check(), KEYS);
    lq_content_cache_drop(&cache, key_of(3));
    lq_content_cache_drop(&cache, key_of(3));
    ck_assert_ptr_null(lq_content_cache_find(&cache, key_of(3)));
    ck_assert_uint_eq(check(), KEYS - 1);
    lq_content_cache_clear(&cache);
    ck_assert_uint_eq(check(), 0);
    put(5, 9, BYTES_MAX);
    ck_assert_uint_eq(check(), 1);
    free(memory);
}
END_TEST

/* Room is made by what was not used for longest. */
START_TEST(test_content_cache_lets_the_oldest_go)
{
    start(8 * 1024); /* six contents of a block */
    for (uint64_t index = 0; index < 6; index++) {
        put(index, index + 1, 1000);
    }
    ck_assert_ptr_nonnull(lq_content_cache_find(&cache, key_of(0)));
    put(6, 7, 1000);
    ck_assert_ptr_null(lq_content_cache_find(&cache, key_of(1)));
    ck_assert_ptr_nonnull(lq_content_cache_find(&cache, key_of(0)));
    put(2, 8, 1000); /* in its own place: nothing else goes */
    ck_assert_uint_eq(check(), 6);
    put(7, 9, 4000);
    ck_assert_uint_eq(check(), 3);
    free(memory);
}
END_TEST

START_TEST(test_content_cache_of_no_size)
{
    start(100);
    put(0, 1, 10);
    ck_assert_ptr_null(lq_content_cache_find(&cache, key_of(0)));
    lq_content_cache_drop(&cache, key_of(0));
    lq_content_cache_clear(&cache);
    free(memory);
    start(8 * 1024);
    put(0, 1, 10);
    put(0, 2, BYTES_MAX); /* larger than all: what lay there is not its content any more */
    ck_assert_ptr_null(lq_content_cache_find(&cache, key_of(0)));
    put(1, 3, 6 * 1024);
    ck_assert_uint_eq(check(), 1);
    free(memory);
}
END_TEST

/* Puts, looks and drops in any order, in memory that is always short. */
START_TEST(test_content_cache_against_a_model)
{
    uint64_t random = lq_suite_seed(1);

    start(24 * 1024);
    for (uint64_t step = 1; step <= STEPS; step++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t index = (random >> 33) % KEYS;
        switch ((random >> 20) % 8) {
        case 0:
            lq_content_cache_drop(&cache, key_of(index));
            model[index].there = false;
            break;
        case 1:
            check();
            break;
        default:
            put(index, step, 1 + (size_t)((random >> 40) % BYTES_MAX));
            break;
        }
    }
    ck_assert_uint_gt(check(), 0);
    free(memory);
}
END_TEST

TCase *lq_test_content_cache(void);
TCase *lq_test_content_cache(void)
{
    TCase *tc = tcase_create("content_cache");

    tcase_add_test(tc, test_content_cache_keeps_what_fits);
    tcase_add_test(tc, test_content_cache_lets_the_oldest_go);
    tcase_add_test(tc, test_content_cache_of_no_size);
    tcase_add_test(tc, test_content_cache_against_a_model);
    return tc;
}

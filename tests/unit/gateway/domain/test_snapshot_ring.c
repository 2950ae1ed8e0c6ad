// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/snapshot_ring.h"

#include "tests/support/suite.h"

#include <stdlib.h>

TCase *lq_test_snapshot_ring(void);

static struct lq_snapshot_ring ring;

/* Of `bytes`; only what the ring looks at. */
static struct lq_world_snapshot *make(uint64_t serial, size_t bytes)
{
    struct lq_world_snapshot *snapshot = calloc(1, sizeof *snapshot);

    snapshot->serial = serial;
    snapshot->frame = serial / 2;
    snapshot->hash[0] = (uint8_t)serial;
    snapshot->bytes = bytes;
    return snapshot;
}

static uint32_t push(uint64_t serial, size_t bytes)
{
    uint32_t dropped = 0;
    struct lq_world_snapshot *oldest;

    while ((oldest = lq_snapshot_ring_make_room(&ring, bytes)) != NULL) {
        free(oldest);
        dropped++;
    }
    lq_snapshot_ring_push(&ring, make(serial, bytes));
    return dropped;
}

static void empty(void)
{
    struct lq_world_snapshot *oldest;

    while ((oldest = lq_snapshot_ring_take(&ring)) != NULL) {
        free(oldest);
    }
    ck_assert_uint_eq(ring.bytes, 0);
}

START_TEST(test_bounds)
{
    ring = (struct lq_snapshot_ring){.bytes_max = 1000};
    ck_assert_ptr_null(lq_snapshot_ring_newest(&ring));
    for (uint64_t serial = 1; serial <= 10; serial++) {
        ck_assert_uint_eq(push(serial, 100), 0);
    }
    ck_assert_uint_eq(push(11, 250), 3);
    ck_assert_uint_eq(ring.bytes, 950);
    ck_assert_uint_eq(lq_snapshot_ring_newest(&ring)->serial, 11);
    ck_assert_ptr_null(lq_snapshot_ring_find(&ring, 3));
    ck_assert_uint_eq(lq_snapshot_ring_find(&ring, 4)->serial, 4);
    /* One that is larger than the bound stands alone. */
    ck_assert_uint_eq(push(12, 5000), 8);
    ck_assert_uint_eq(ring.count, 1);
    empty();
}
END_TEST

START_TEST(test_count_is_bounded)
{
    ring = (struct lq_snapshot_ring){.bytes_max = SIZE_MAX};
    for (uint64_t serial = 1; serial <= 3 * LQ_SNAPSHOT_RING_MAX; serial++) {
        push(serial, 1);
    }
    ck_assert_uint_eq(ring.count, LQ_SNAPSHOT_RING_MAX);
    ck_assert_ptr_null(lq_snapshot_ring_find(&ring, 2 * LQ_SNAPSHOT_RING_MAX));
    ck_assert_ptr_nonnull(lq_snapshot_ring_find(&ring, 2 * LQ_SNAPSHOT_RING_MAX + 1));
    empty();
}
END_TEST

START_TEST(test_find_frame)
{
    static uint8_t hash[32];

    ring = (struct lq_snapshot_ring){.bytes_max = 1000};
    push(8, 10);
    push(9, 10);
    hash[0] = 8;
    ck_assert_uint_eq(lq_snapshot_ring_find_frame(&ring, 4, hash)->serial, 8);
    hash[0] = 7;
    ck_assert_ptr_null(lq_snapshot_ring_find_frame(&ring, 4, hash));
    empty();
}
END_TEST

TCase *lq_test_snapshot_ring(void)
{
    TCase *tests = tcase_create("snapshot_ring");

    tcase_add_test(tests, test_bounds);
    tcase_add_test(tests, test_count_is_bounded);
    tcase_add_test(tests, test_find_frame);
    return tests;
}

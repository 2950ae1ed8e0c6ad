// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/map_growth.h"

#include "tests/support/suite.h"

#define MIB UINT64_C(1048576)

/* In MiB. */
static const struct {
    const char *name;
    uint64_t used, map, map_max, disk_free;
    enum lq_result result;
    uint64_t next;
} rows[] = {
    {"doubles", 4, 4, 64, 1000, LQ_OK, 8},
    {"up to its bound", 40, 40, 64, 1000, LQ_OK, 64},
    {"no farther than the disk", 40, 40, 640, 10, LQ_OK, 50},
    {"is at its bound", 64, 64, 64, 1000, LQ_ERR_MAP_FULL, 0},
    {"is beyond its bound", 64, 64, 10, 1000, LQ_ERR_MAP_FULL, 0},
    {"no bound was given", 64, 64, 0, 1000, LQ_ERR_MAP_FULL, 0},
    {"the disk is full", 40, 40, 640, 0, LQ_ERR_DISK_FULL, 0},
    {"the disk is full, the map is not", 20, 40, 640, 20, LQ_ERR_DISK_FULL, 0},
    {"the disk has just a step", 40, 40, 640, 1, LQ_OK, 41},
    {"the largest", UINT64_C(1) << 23, UINT64_C(1) << 23, UINT64_C(1) << 24, UINT64_C(1) << 30,
     LQ_OK, UINT64_C(1) << 24},
};

START_TEST(test_map_growth_next)
{
    const struct lq_map_size size = {rows[_i].used * MIB, rows[_i].map * MIB,
                                     rows[_i].map_max * MIB, rows[_i].disk_free * MIB};
    uint64_t next = 0;

    ck_assert_msg(lq_map_growth_next(&size, &next) == rows[_i].result, "%s", rows[_i].name);
    ck_assert_msg(next == rows[_i].next * MIB, "%s: %llu", rows[_i].name, (unsigned long long)next);
}
END_TEST

/* Bounds that are no whole steps: the map stays below them, and its end is told as such. */
START_TEST(test_map_growth_between_steps)
{
    struct lq_map_size size = {MIB, 3 * MIB / 2, 3 * MIB, 100 * MIB};
    uint64_t next = 0;

    ck_assert_int_eq(lq_map_growth_next(&size, &next), LQ_OK);
    ck_assert_uint_eq(next, 3 * MIB);
    size.map_bytes_max = 5 * MIB / 2 + 1;
    ck_assert_int_eq(lq_map_growth_next(&size, &next), LQ_OK);
    ck_assert_uint_eq(next, 5 * MIB / 2);
    size.map_bytes_max = 5 * MIB / 2 - 1;
    ck_assert_int_eq(lq_map_growth_next(&size, &next), LQ_ERR_MAP_FULL);
}
END_TEST

START_TEST(test_map_growth_first)
{
    ck_assert_uint_eq(lq_map_growth_first(64 * MIB, 10 * MIB, 640 * MIB), 64 * MIB);
    ck_assert_uint_eq(lq_map_growth_first(64 * MIB, 128 * MIB, 640 * MIB), 128 * MIB);
    ck_assert_uint_eq(lq_map_growth_first(64 * MIB, 1280 * MIB, 640 * MIB), 640 * MIB);
    ck_assert_uint_eq(lq_map_growth_first(64 * MIB, 128 * MIB, 0), 64 * MIB);
}
END_TEST

TCase *lq_test_map_growth(void);
TCase *lq_test_map_growth(void)
{
    TCase *tc = tcase_create("map_growth");

    tcase_add_loop_test(tc, test_map_growth_next, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_map_growth_between_steps);
    tcase_add_test(tc, test_map_growth_first);
    return tc;
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/space_forecast.h"

#include "tests/support/suite.h"

#define GB UINT64_C(1000000000)
#define H UINT64_C(3600)
#define NEVER LQ_SPACE_NEVER

/* Sizes in GB, growth in GB an hour, times in hours; the reserve is 24. */
static const struct {
    const char *name;
    uint64_t used, free, map_max, disk_free, growth;
    bool judged;
    uint64_t map_h, disk_h;
    enum lq_space_verdict verdict;
} rows[] = {
    {"enough of both", 10, 0, 100, 80, 1, true, 90, 80, LQ_SPACE_ENOUGH},
    {"does not grow", 99, 0, 100, 1, 0, true, NEVER, NEVER, LQ_SPACE_ENOUGH},
    {"the map first", 10, 0, 20, 80, 1, true, 10, 80, LQ_SPACE_MAP_SHORT},
    {"the disk first", 10, 0, 100, 20, 1, true, 90, 20, LQ_SPACE_DISK_SHORT},
    {"both too soon, the disk sooner", 10, 0, 20, 5, 1, true, 10, 5, LQ_SPACE_DISK_SHORT},
    {"both at once", 10, 0, 20, 10, 1, true, 10, 10, LQ_SPACE_DISK_SHORT},
    {"just the reserve", 10, 0, 100, 24, 1, true, 90, 24, LQ_SPACE_ENOUGH},
    {"free pages are room", 10, 8, 100, 20, 1, true, 98, 28, LQ_SPACE_ENOUGH},
    {"a map that is full", 100, 0, 100, 80, 1, true, 0, 80, LQ_SPACE_MAP_SHORT},
    {"used beyond the bound", 110, 0, 100, 80, 1, true, 0, 80, LQ_SPACE_MAP_SHORT},
    {"a disk that is full", 10, 0, 100, 0, 1, true, 90, 0, LQ_SPACE_DISK_SHORT},
    {"not known well enough", 10, 0, 20, 5, 1, false, 10, 5, LQ_SPACE_ENOUGH},
};

START_TEST(test_forecast)
{
    const struct lq_space_room room = {rows[_i].used * GB, rows[_i].free * GB,
                                       rows[_i].map_max * GB, rows[_i].disk_free * GB};
    const struct lq_space_growth growth = {1, rows[_i].growth * GB, rows[_i].judged};
    struct lq_space_forecast forecast = lq_space_forecast_make(&room, &growth);
    uint64_t map_s = rows[_i].map_h == NEVER ? NEVER : rows[_i].map_h * H;
    uint64_t disk_s = rows[_i].disk_h == NEVER ? NEVER : rows[_i].disk_h * H;

    ck_assert_msg(forecast.map_full_s == map_s, "%s: map", rows[_i].name);
    ck_assert_msg(forecast.disk_full_s == disk_s, "%s: disk", rows[_i].name);
    ck_assert_msg(lq_space_forecast_judge(&forecast, &growth, 24 * H) == rows[_i].verdict,
                  "%s: verdict", rows[_i].name);
    ck_assert_msg(lq_space_forecast_judge(&forecast, &growth, 0) == LQ_SPACE_ENOUGH,
                  "%s: without a reserve", rows[_i].name);
}
END_TEST

/* Numbers beyond all sense are no overflow. */
START_TEST(test_forecast_of_the_largest)
{
    const struct lq_space_room room = {0, 0, UINT64_MAX, UINT64_MAX};
    const struct lq_space_growth growth = {1, 1, true};
    struct lq_space_forecast forecast = lq_space_forecast_make(&room, &growth);

    ck_assert_uint_eq(forecast.map_full_s, NEVER);
    ck_assert_uint_eq(forecast.disk_full_s, NEVER);
}
END_TEST

TCase *lq_test_space_forecast(void);
TCase *lq_test_space_forecast(void)
{
    TCase *tc = tcase_create("space_forecast");

    tcase_add_loop_test(tc, test_forecast, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_forecast_of_the_largest);
    return tc;
}

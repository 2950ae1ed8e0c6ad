// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/dispatch_meter.h"

#include "base/clock.h"
#include "tests/unit/broker/io/broker_io_cases.h"

#include <string.h>

static struct lq_dispatch_meter meter;
static struct lq_status status;

START_TEST(test_meter_weighs_by_items)
{
    memset(&meter, 0, sizeof meter);
    memset(&status, 0, sizeof status);
    /* 100 items alone and 300 in batches of 100: half of all items came in batches of 100. */
    for (int alone = 0; alone < 100; alone++) {
        lq_dispatch_meter_count(&meter, 1, 1, 10);
    }
    for (int batch = 0; batch < 3; batch++) {
        lq_dispatch_meter_count(&meter, 1, 100, 1000);
    }
    status.stage_count = 2;
    lq_dispatch_meter_report(&meter, 0, &status);
    ck_assert_uint_eq(status.stages[0].batch_p50, 0);
    ck_assert_uint_eq(status.stages[1].dispatches, 103);
    ck_assert_uint_eq(status.stages[1].dispatch_items, 400);
    ck_assert_uint_eq(status.stages[1].dispatch_bytes, 4000);
    ck_assert_uint_eq(status.stages[1].batch_p50, 100);
    ck_assert_uint_eq(status.stages[1].batch_p90, 100);
}
END_TEST

static void report_at(uint64_t seconds)
{
    lq_dispatch_meter_report(&meter, seconds * LQ_NS_PER_S, &status);
}

START_TEST(test_meter_lateness)
{
    memset(&meter, 0, sizeof meter);
    memset(&status, 0, sizeof status);
    for (int tick = 0; tick < 100; tick++) {
        lq_dispatch_meter_late(&meter, tick < 98 ? 1000000 : 9000000, LQ_NS_PER_S);
    }
    report_at(1);
    ck_assert_uint_ge(status.lateness_p50_us, 1000);
    ck_assert_uint_le(status.lateness_p50_us, 1020);
    ck_assert_uint_ge(status.lateness_p99_us, 9000);
}
END_TEST

/* Of the window under way and the one before: windows begin every 4 s. */
START_TEST(test_meter_lateness_is_of_late)
{
    memset(&meter, 0, sizeof meter);
    memset(&status, 0, sizeof status);
    lq_dispatch_meter_late(&meter, 9000000, 9 * LQ_NS_PER_S);
    report_at(13); /* it is of the window before */
    ck_assert_uint_ge(status.lateness_p99_us, 9000);
    lq_dispatch_meter_late(&meter, 1000000, 15 * LQ_NS_PER_S);
    report_at(15);
    ck_assert_uint_ge(status.lateness_p99_us, 9000);
    report_at(16);
    ck_assert_uint_ge(status.lateness_p99_us, 1000);
    ck_assert_uint_le(status.lateness_p99_us, 1020);
    report_at(24); /* two windows passed without a tick */
    ck_assert_uint_eq(status.lateness_p99_us, 0);
}
END_TEST

TCase *lq_test_dispatch_meter(void)
{
    TCase *tcase = tcase_create("dispatch_meter");

    tcase_add_test(tcase, test_meter_weighs_by_items);
    tcase_add_test(tcase, test_meter_lateness);
    tcase_add_test(tcase, test_meter_lateness_is_of_late);
    return tcase;
}

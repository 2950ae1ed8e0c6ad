// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/broker_status.h"

#include "tests/unit/broker/io/broker_io_cases.h"

START_TEST(test_longest_turn_stays)
{
    struct lq_broker_status status = {.turn_max_us = 0};

    lq_broker_status_turn(&status, 999); /* less than a microsecond */
    ck_assert_uint_eq(status.turn_max_us, 0);
    lq_broker_status_turn(&status, 7000);
    lq_broker_status_turn(&status, 3000);
    ck_assert_uint_eq(status.turn_max_us, 7);
    lq_broker_status_turn(&status, UINT64_MAX);
    ck_assert_uint_eq(status.turn_max_us, UINT32_MAX);
}
END_TEST

START_TEST(test_malformed_before_sockets_are_bound)
{
    struct lq_malformed_tally tally = {.messages = 0};

    lq_malformed_tally_add(&tally, "READY", "stage");
    lq_malformed_tally_add(&tally, "READY", "stage");
    ck_assert_uint_eq(lq_malformed_tally_count(&tally), 2);
}
END_TEST

TCase *lq_test_broker_status(void)
{
    TCase *tcase = tcase_create("broker_status");

    tcase_add_test(tcase, test_longest_turn_stays);
    tcase_add_test(tcase, test_malformed_before_sockets_are_bound);
    return tcase;
}

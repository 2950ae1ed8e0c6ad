// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What a tick takes of the commands that wait. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

START_TEST(test_mailbox_batch_is_bounded_and_in_order)
{
    for (uint64_t sequence = 1; sequence <= 150; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", (uint32_t)(sequence % 3), sequence);
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 3);
    ck_assert_uint_eq(fixture->publishes[0].command_count, 64);
    ck_assert_uint_eq(fixture->publishes[2].command_count, 22);
    for (uint32_t index = 0; index < 150; index++) {
        ck_assert_uint_eq(fixture->ledger.entries[index].sequence, index + 1);
    }
}
END_TEST

TCase *lq_test_mailbox(void);
TCase *lq_test_mailbox(void)
{
    TCase *tc = tcase_create("mailbox");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_mailbox_batch_is_bounded_and_in_order);
    return tc;
}

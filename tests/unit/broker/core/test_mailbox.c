// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What a tick takes of the commands that wait. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_fixture.h"

static struct lq_core_fixture *fixture;

static void open_fixture(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    fixture = lq_core_fixture_open(&config);
    lq_core_fixture_ready_all(fixture);
}

static void close_fixture(void)
{
    lq_core_fixture_close(&fixture);
}

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

    tcase_add_checked_fixture(tc, open_fixture, close_fixture);
    tcase_add_test(tc, test_mailbox_batch_is_bounded_and_in_order);
    return tc;
}

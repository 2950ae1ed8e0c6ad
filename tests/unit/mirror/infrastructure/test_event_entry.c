// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/event_entry.h"
#include "tests/support/suite.h"

TCase *lq_test_event_entry(void);

START_TEST(test_bytes)
{
    struct lq_event_entry entry = {.source = lq_view_text("abc"),
                                   .detail_type = lq_view_text("de"),
                                   .detail = lq_view_text("{\"n\":1}")};

    ck_assert_uint_eq(lq_event_entry_bytes(&entry), 3 + 2 + 7);
    entry.time_s = 1;
    ck_assert_uint_eq(lq_event_entry_bytes(&entry), 12 + 14);
    entry.resources[0] = lq_view_text("\xE2\x82\xAC"); /* three bytes of UTF-8, one letter */
    entry.resources[1] = lq_view_text("xy");
    ck_assert_uint_eq(lq_event_entry_bytes(&entry), 26);
    entry.resource_count = 1;
    ck_assert_uint_eq(lq_event_entry_bytes(&entry), 26 + 3);
    entry.resource_count = 2;
    ck_assert_uint_eq(lq_event_entry_bytes(&entry), 26 + 5);
}
END_TEST

TCase *lq_test_event_entry(void)
{
    TCase *tcase = tcase_create("event_entry");

    tcase_add_test(tcase, test_bytes);
    return tcase;
}

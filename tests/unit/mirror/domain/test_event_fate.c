// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/event_fate.h"

#include "tests/support/suite.h"

static const struct {
    enum lq_verdict verdict;
    const char *code;
    enum lq_event_fate of_entry;
    enum lq_event_fate of_call_of_ten, of_call_of_one;
} rows[] = {
    {LQ_VERDICT_THROTTLED, "ThrottlingException", LQ_EVENT_AGAIN, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
    {LQ_VERDICT_RETRY, "InternalFailure", LQ_EVENT_AGAIN, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
    {LQ_VERDICT_RETRY, "", LQ_EVENT_AGAIN, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
    {LQ_VERDICT_REFRESH, "ExpiredToken", LQ_EVENT_AGAIN, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
    {LQ_VERDICT_SKEWED, "RequestTimeTooSkewed", LQ_EVENT_AGAIN, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
    {LQ_VERDICT_REFUSED, "AccessDeniedException", LQ_EVENT_AGAIN, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
    {LQ_VERDICT_REFUSED, "ResourceNotFoundException", LQ_EVENT_AGAIN, LQ_EVENT_AGAIN,
     LQ_EVENT_AGAIN},
    {LQ_VERDICT_REFUSED, "NotAuthorizedForSourceException", LQ_EVENT_AGAIN, LQ_EVENT_AGAIN,
     LQ_EVENT_AGAIN},
    {LQ_VERDICT_REFUSED, "MalformedDetail", LQ_EVENT_REFUSED, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
    {LQ_VERDICT_REFUSED, "InvalidArgument", LQ_EVENT_REFUSED, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
    {LQ_VERDICT_REFUSED, "ValidationException", LQ_EVENT_REFUSED, LQ_EVENT_ALONE, LQ_EVENT_REFUSED},
    {LQ_VERDICT_REFUSED, "RequestEntityTooLarge", LQ_EVENT_REFUSED, LQ_EVENT_ALONE,
     LQ_EVENT_REFUSED},
    {LQ_VERDICT_REFUSED, "", LQ_EVENT_REFUSED, LQ_EVENT_AGAIN, LQ_EVENT_AGAIN},
};

START_TEST(test_fate_by_rows)
{
    struct lq_view code = lq_view_text(rows[_i].code);

    ck_assert_int_eq(lq_event_fate_of_entry(rows[_i].verdict, code), rows[_i].of_entry);
    ck_assert_int_eq(lq_event_fate_of_call(rows[_i].verdict, code, 10), rows[_i].of_call_of_ten);
    ck_assert_int_eq(lq_event_fate_of_call(rows[_i].verdict, code, 1), rows[_i].of_call_of_one);
}
END_TEST

START_TEST(test_fate_done)
{
    ck_assert_int_eq(lq_event_fate_of_entry(LQ_VERDICT_DONE, lq_view_text("")), LQ_EVENT_LEFT);
}
END_TEST

TCase *lq_test_event_fate(void);
TCase *lq_test_event_fate(void)
{
    TCase *tc = tcase_create("event_fate");

    tcase_add_loop_test(tc, test_fate_by_rows, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_fate_done);
    return tc;
}

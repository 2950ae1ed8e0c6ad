// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/client/client_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_client,         lq_test_client_history,
                                            lq_test_feed_reader,    lq_test_link,
                                            lq_test_outstanding,    lq_test_quota_wait,
                                            lq_test_receipt_intake, lq_test_session_numbers,
                                            lq_test_session_table,  lq_test_unused_reason};

    return lq_suite_run("client", cases, sizeof cases / sizeof cases[0]);
}

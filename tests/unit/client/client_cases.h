// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#ifndef LQ_CLIENT_CASES_H
#define LQ_CLIENT_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_client(void);
TCase *lq_test_client_history(void);
TCase *lq_test_feed_reader(void);
TCase *lq_test_link(void);
TCase *lq_test_outstanding(void);
TCase *lq_test_quota_wait(void);
TCase *lq_test_receipt_intake(void);
TCase *lq_test_session_numbers(void);
TCase *lq_test_session_table(void);
TCase *lq_test_unused_reason(void);

#endif

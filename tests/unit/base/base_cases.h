// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base_cases.h - the test cases of base/. */
#ifndef LQ_BASE_CASES_H
#define LQ_BASE_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_arena(void);
TCase *lq_test_descriptor_limit(void);
TCase *lq_test_json_writer(void);
TCase *lq_test_latency_histogram(void);
TCase *lq_test_log(void);
TCase *lq_test_number_text(void);
TCase *lq_test_option_table(void);
TCase *lq_test_standard_output(void);
TCase *lq_test_view(void);

#endif

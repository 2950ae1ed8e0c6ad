// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* logger_cases.h - the test cases of logger/. */
#ifndef LQ_LOGGER_CASES_H
#define LQ_LOGGER_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_json_object(void);
TCase *lq_test_log_folder(void);
TCase *lq_test_log_line(void);

#endif

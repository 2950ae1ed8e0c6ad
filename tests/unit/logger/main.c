// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/logger/logger_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_json_object,
        lq_test_log_folder,
        lq_test_log_line,
    };

    return lq_suite_run("logger", cases, sizeof cases / sizeof cases[0]);
}

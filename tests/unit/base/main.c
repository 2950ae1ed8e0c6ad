// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_arena(void);
TCase *lq_test_config_file(void);
TCase *lq_test_latency_histogram(void);
TCase *lq_test_option_table(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_arena,
        lq_test_config_file,
        lq_test_latency_histogram,
        lq_test_option_table,
    };

    return lq_suite_run("base", cases, sizeof cases / sizeof cases[0]);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_circuit_breaker(void);
TCase *lq_test_retry_rule(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_circuit_breaker, lq_test_retry_rule};

    return lq_suite_run("mirror rules", cases, sizeof cases / sizeof cases[0]);
}

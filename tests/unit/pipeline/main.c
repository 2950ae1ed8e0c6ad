// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_plan(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_plan};

    return lq_suite_run("plan", cases, 1);
}

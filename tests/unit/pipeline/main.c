// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_pipeline(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_pipeline};

    return lq_suite_run("pipeline", cases, 1);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_prop_canonical(void);
TCase *lq_prop_client_window(void);
TCase *lq_prop_ticks(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_prop_canonical, lq_prop_client_window,
                                            lq_prop_ticks};

    return lq_suite_run("world properties", cases, sizeof cases / sizeof cases[0]);
}

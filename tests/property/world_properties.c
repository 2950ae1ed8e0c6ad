// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_prop_canonical(void);
TCase *lq_prop_client_window_v1(void);
TCase *lq_prop_executed_once(void);
TCase *lq_prop_tick_delta(void);
TCase *lq_prop_ticks(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_prop_canonical, lq_prop_client_window_v1,
                                            lq_prop_executed_once, lq_prop_tick_delta,
                                            lq_prop_ticks};

    return lq_suite_run("world properties", cases, sizeof cases / sizeof cases[0]);
}

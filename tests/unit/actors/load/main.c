// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_frame_events(void);
TCase *lq_test_load_read(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_frame_events, lq_test_load_read};

    return lq_suite_run("load", cases, sizeof cases / sizeof cases[0]);
}

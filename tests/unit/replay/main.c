// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_replay(void);
TCase *lq_test_world_changes(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_replay, lq_test_world_changes};

    return lq_suite_run("replay", cases, sizeof cases / sizeof cases[0]);
}

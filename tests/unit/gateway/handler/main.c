// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_departures(void);
TCase *lq_test_player_desk(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_departures, lq_test_player_desk};

    return lq_suite_run("gateway handler", cases, sizeof cases / sizeof cases[0]);
}

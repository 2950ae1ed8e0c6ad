// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_timer_heap(void);
TCase *lq_test_letter_index(void);
TCase *lq_test_broker_core_submission(void);
TCase *lq_test_broker_core_opening(void);
TCase *lq_test_broker_core_fairness(void);
TCase *lq_test_broker_core_dispatching(void);
TCase *lq_test_broker_core_retrying(void);
TCase *lq_test_broker_core_awaiting(void);
TCase *lq_test_broker_core_blaming(void);
TCase *lq_test_broker_core_doubt(void);
TCase *lq_test_broker_core_holding(void);
TCase *lq_test_broker_core_letters(void);
TCase *lq_test_broker_core_redriving(void);
TCase *lq_test_broker_core_admin(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_timer_heap,
        lq_test_letter_index,
        lq_test_broker_core_submission,
        lq_test_broker_core_opening,
        lq_test_broker_core_fairness,
        lq_test_broker_core_dispatching,
        lq_test_broker_core_retrying,
        lq_test_broker_core_awaiting,
        lq_test_broker_core_blaming,
        lq_test_broker_core_doubt,
        lq_test_broker_core_holding,
        lq_test_broker_core_letters,
        lq_test_broker_core_redriving,
        lq_test_broker_core_admin,
    };

    return lq_suite_run("broker", cases, sizeof cases / sizeof cases[0]);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_admission(void);
TCase *lq_test_ai_v1(void);
TCase *lq_test_body_commands_v1(void);
TCase *lq_test_contact_v1(void);
TCase *lq_test_motion_v1(void);
TCase *lq_test_philox(void);
TCase *lq_test_physics_v1(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_admission, lq_test_ai_v1,  lq_test_body_commands_v1, lq_test_contact_v1,
        lq_test_motion_v1, lq_test_philox, lq_test_physics_v1,
    };

    return lq_suite_run("domain", cases, sizeof cases / sizeof cases[0]);
}

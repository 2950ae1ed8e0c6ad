// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_admission(void);
TCase *lq_test_body_commands(void);
TCase *lq_test_client_window_v1(void);
TCase *lq_test_collisions(void);
TCase *lq_test_contact_v1(void);
TCase *lq_test_load_v1(void);
TCase *lq_test_load_v2(void);
TCase *lq_test_motion_v1(void);
TCase *lq_test_philox(void);

/* A version of a stage without a test of its name does not link. */
#define DECLARE_NOTHING(name, version) TCase *lq_test_##name##_v##version(void);
#define DECLARE_LEDGER(name, version)
#define LQ_STAGE(name, version, step, needs) DECLARE_##needs(name, version)
#include "actors/stages.def"
#undef LQ_STAGE

#define NAME_NOTHING(name, version) lq_test_##name##_v##version,
#define NAME_LEDGER(name, version)
#define LQ_STAGE(name, version, step, needs) NAME_##needs(name, version)

int main(void)
{
    static const lq_test_case_fn cases[] = {
#include "actors/stages.def"
        lq_test_admission,  lq_test_body_commands, lq_test_client_window_v1,
        lq_test_collisions, lq_test_contact_v1,    lq_test_load_v1,
        lq_test_load_v2,    lq_test_motion_v1,     lq_test_philox,
    };

    return lq_suite_run("domain", cases, sizeof cases / sizeof cases[0]);
}

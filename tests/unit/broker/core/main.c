// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_index_list(void);
TCase *lq_test_hashed_names(void);
TCase *lq_test_timer_heap(void);
TCase *lq_test_letter_index(void);
TCase *lq_test_submission(void);
TCase *lq_test_grid(void);
TCase *lq_test_tenant(void);
TCase *lq_test_tenant_quota(void);
TCase *lq_test_token_bucket(void);
TCase *lq_test_tenant_ring(void);
TCase *lq_test_batch(void);
TCase *lq_test_command_sight(void);
TCase *lq_test_retry(void);
TCase *lq_test_silent_instance(void);
TCase *lq_test_orphans(void);
TCase *lq_test_doubt(void);
TCase *lq_test_heartbeat(void);
TCase *lq_test_dead_letter(void);
TCase *lq_test_dispatch(void);
TCase *lq_test_flow(void);
TCase *lq_test_held_answers(void);
TCase *lq_test_redrive(void);
TCase *lq_test_admin_execution(void);
TCase *lq_test_actor_table(void);
TCase *lq_test_culprit(void);
TCase *lq_test_incarnation(void);
TCase *lq_test_lease(void);
TCase *lq_test_mailbox(void);
TCase *lq_test_parking(void);
TCase *lq_test_session_standing(void);
TCase *lq_test_stall(void);
TCase *lq_test_tenant_load(void);
TCase *lq_test_tenant_report(void);
TCase *lq_test_tenant_wait(void);
TCase *lq_test_wait_histogram(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_index_list,
        lq_test_hashed_names,
        lq_test_timer_heap,
        lq_test_letter_index,
        lq_test_submission,
        lq_test_grid,
        lq_test_tenant_ring,
        lq_test_batch,
        lq_test_retry,
        lq_test_silent_instance,
        lq_test_orphans,
        lq_test_doubt,
        lq_test_heartbeat,
        lq_test_dead_letter,
        lq_test_redrive,
        lq_test_admin_execution,
        lq_test_actor_table,
        lq_test_culprit,
        lq_test_incarnation,
        lq_test_lease,
        lq_test_mailbox,
        lq_test_parking,
        lq_test_stall,
        lq_test_tenant_load,
        lq_test_wait_histogram,
        lq_test_tenant_quota,
        lq_test_tenant,
        lq_test_token_bucket,
        lq_test_tenant_wait,
        lq_test_tenant_report,
        lq_test_flow,
        lq_test_dispatch,
        lq_test_held_answers,
        lq_test_command_sight,
        lq_test_session_standing,
    };

    return lq_suite_run("broker", cases, sizeof cases / sizeof cases[0]);
}

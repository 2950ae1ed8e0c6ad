// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_actor_loop(void);
TCase *lq_test_actor_loop_hanging(void);
TCase *lq_test_item_clock(void);
TCase *lq_test_out_buffer(void);
TCase *lq_test_progress_cell(void);
TCase *lq_test_result_message(void);
TCase *lq_test_stage_thread(void);
TCase *lq_test_stage_thread_beside(void);
TCase *lq_test_stage_thread_hanging(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_actor_loop,   lq_test_actor_loop_hanging,  lq_test_item_clock,
        lq_test_out_buffer,   lq_test_progress_cell,       lq_test_result_message,
        lq_test_stage_thread, lq_test_stage_thread_beside, lq_test_stage_thread_hanging,
    };

    return lq_suite_run("runtime", cases, sizeof cases / sizeof cases[0]);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_body_control(void);
TCase *lq_test_canonical(void);
TCase *lq_test_client_id(void);
TCase *lq_test_client_window(void);
TCase *lq_test_column_delta(void);
TCase *lq_test_column_document(void);
TCase *lq_test_column_prediction(void);
TCase *lq_test_command(void);
TCase *lq_test_event_subscription(void);
TCase *lq_test_identity(void);
TCase *lq_test_row_delta(void);
TCase *lq_test_session_config(void);
TCase *lq_test_tick(void);
TCase *lq_test_tick_delta(void);
TCase *lq_test_world(void);
TCase *lq_test_world_check(void);
TCase *lq_test_world_difference(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_body_control,
        lq_test_canonical,
        lq_test_client_id,
        lq_test_client_window,
        lq_test_column_delta,
        lq_test_column_document,
        lq_test_column_prediction,
        lq_test_command,
        lq_test_event_subscription,
        lq_test_identity,
        lq_test_row_delta,
        lq_test_session_config,
        lq_test_tick,
        lq_test_tick_delta,
        lq_test_world,
        lq_test_world_check,
        lq_test_world_difference,
    };

    return lq_suite_run("world", cases, sizeof cases / sizeof cases[0]);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/gateway/handler/gateway_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_attendance,        lq_test_message_reader, lq_test_message_text,
        lq_test_player_connection, lq_test_player_rules,   lq_test_protocol_document,
        lq_test_resume_token,      lq_test_rules_file,     lq_test_snapshot_ring,
    };

    return lq_suite_run("gateway_handler", cases, sizeof cases / sizeof cases[0]);
}

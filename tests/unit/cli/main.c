// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/cli/cli_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_broker_probe,    lq_test_client_state,    lq_test_command_fields,
        lq_test_command_table,   lq_test_durable_file,    lq_test_invocation,
        lq_test_line_reader,     lq_test_status_text,     lq_test_tenant_text,
        lq_test_text_output,     lq_test_world_file,      lq_test_space_text,
        lq_test_command_finding, lq_test_difference_text, lq_test_export_reader,
    };

    return lq_suite_run("cli", cases, sizeof cases / sizeof cases[0]);
}

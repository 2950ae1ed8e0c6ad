// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/base/base_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_arena, lq_test_descriptor_limit, lq_test_json_writer,  lq_test_latency_histogram,
        lq_test_log,   lq_test_number_text,      lq_test_option_table, lq_test_standard_output,
        lq_test_view,
    };

    return lq_suite_run("base", cases, sizeof cases / sizeof cases[0]);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/config/config_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_cluster_config,
        lq_test_config_file,
        lq_test_program_configuration,
        lq_test_zpl_reader,
    };

    return lq_suite_run("config", cases, sizeof cases / sizeof cases[0]);
}

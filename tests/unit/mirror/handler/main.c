// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_base_port(void);
TCase *lq_test_broker_sealing(void);
TCase *lq_test_expiry_port(void);
TCase *lq_test_mirror_streams(void);
TCase *lq_test_partition_mark(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_base_port, lq_test_broker_sealing,
                                            lq_test_expiry_port, lq_test_mirror_streams,
                                            lq_test_partition_mark};

    return lq_suite_run("mirror_handler", cases, sizeof cases / sizeof cases[0]);
}

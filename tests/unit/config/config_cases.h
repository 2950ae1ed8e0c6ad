// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* config_cases.h - the test cases of config/. */
#ifndef LQ_CONFIG_CASES_H
#define LQ_CONFIG_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_cluster_config(void);
TCase *lq_test_config_file(void);
TCase *lq_test_program_configuration(void);
TCase *lq_test_zpl_reader(void);

#endif

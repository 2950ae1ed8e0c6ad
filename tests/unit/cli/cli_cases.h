// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#ifndef LQ_CLI_CASES_H
#define LQ_CLI_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_broker_probe(void);
TCase *lq_test_client_state(void);
TCase *lq_test_command_fields(void);
TCase *lq_test_command_finding(void);
TCase *lq_test_command_table(void);
TCase *lq_test_difference_text(void);
TCase *lq_test_durable_file(void);
TCase *lq_test_export_reader(void);
TCase *lq_test_invocation(void);
TCase *lq_test_line_reader(void);
TCase *lq_test_space_text(void);
TCase *lq_test_status_text(void);
TCase *lq_test_tenant_text(void);
TCase *lq_test_text_output(void);
TCase *lq_test_world_file(void);

/* A folder of the running test, removed with all in it at the end; use both as its fixture. */
extern char lq_cli_folder[64];
void lq_cli_folder_make(void);
void lq_cli_folder_remove(void);

#endif

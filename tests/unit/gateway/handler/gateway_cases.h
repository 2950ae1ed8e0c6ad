// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* gateway_cases.h - the test cases of what players and the gateway say to each other. */
#ifndef LQ_GATEWAY_CASES_H
#define LQ_GATEWAY_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_attendance(void);
TCase *lq_test_message_reader(void);
TCase *lq_test_message_text(void);
TCase *lq_test_player_connection(void);
TCase *lq_test_player_rules(void);
TCase *lq_test_protocol_document(void);
TCase *lq_test_resume_token(void);
TCase *lq_test_rules_file(void);
TCase *lq_test_snapshot_ring(void);

#endif

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* transport_cases.h - the test cases of transport. */
#ifndef LQ_TRANSPORT_CASES_H
#define LQ_TRANSPORT_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_accept_gate(void);
TCase *lq_test_dealer_socket(void);
TCase *lq_test_endpoint(void);
TCase *lq_test_key_guard(void);
TCase *lq_test_peer_table(void);
TCase *lq_test_piped_thread(void);
TCase *lq_test_poll_set(void);
TCase *lq_test_processor_turns(void);
TCase *lq_test_router_socket(void);

#endif

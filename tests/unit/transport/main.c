// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/transport/transport_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_accept_gate, lq_test_dealer_socket,   lq_test_endpoint,
        lq_test_key_guard,   lq_test_peer_table,      lq_test_piped_thread,
        lq_test_poll_set,    lq_test_processor_turns, lq_test_router_socket,
    };

    return lq_suite_run("transport", cases, sizeof cases / sizeof cases[0]);
}

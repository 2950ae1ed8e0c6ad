// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_attendance(void);
TCase *lq_test_event_loop(void);
TCase *lq_test_message_reader(void);
TCase *lq_test_port_claim(void);
TCase *lq_test_rules_file(void);
TCase *lq_test_sign_in(void);
TCase *lq_test_static_files(void);
TCase *lq_test_token_document(void);
TCase *lq_test_token_signature(void);
TCase *lq_test_websocket_link(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_attendance,     lq_test_event_loop,     lq_test_message_reader,
        lq_test_port_claim,     lq_test_rules_file,     lq_test_sign_in,
        lq_test_static_files,   lq_test_token_document, lq_test_token_signature,
        lq_test_websocket_link,
    };

    return lq_suite_run("gateway infrastructure", cases, sizeof cases / sizeof cases[0]);
}

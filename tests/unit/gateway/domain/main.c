// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_address_count(void);
TCase *lq_test_base64url(void);
TCase *lq_test_compact_jws(void);
TCase *lq_test_deadline_wheel(void);
TCase *lq_test_http_answer(void);
TCase *lq_test_http_reader(void);
TCase *lq_test_http_request(void);
TCase *lq_test_leave_incarnation(void);
TCase *lq_test_message_text(void);
TCase *lq_test_player_connection(void);
TCase *lq_test_player_rules(void);
TCase *lq_test_protocol_document(void);
TCase *lq_test_request_credential(void);
TCase *lq_test_resume_token(void);
TCase *lq_test_snapshot_ring(void);
TCase *lq_test_token_claims(void);
TCase *lq_test_utf8_check(void);
TCase *lq_test_websocket_message(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_address_count,      lq_test_base64url,         lq_test_compact_jws,
        lq_test_deadline_wheel,     lq_test_http_answer,       lq_test_http_reader,
        lq_test_http_request,       lq_test_leave_incarnation, lq_test_message_text,
        lq_test_player_connection,  lq_test_player_rules,      lq_test_protocol_document,
        lq_test_request_credential, lq_test_resume_token,      lq_test_snapshot_ring,
        lq_test_token_claims,       lq_test_utf8_check,        lq_test_websocket_message,
    };

    return lq_suite_run("gateway domain", cases, sizeof cases / sizeof cases[0]);
}

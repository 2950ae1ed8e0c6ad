// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_aws_endpoint(void);
TCase *lq_test_aws_environment(void);
TCase *lq_test_credential_chain(void);
TCase *lq_test_credential_document(void);
TCase *lq_test_credential_process(void);
TCase *lq_test_dynamodb_answer(void);
TCase *lq_test_dynamodb_gateway(void);
TCase *lq_test_event_entry(void);
TCase *lq_test_eventbridge_answer(void);
TCase *lq_test_eventbridge_gateway(void);
TCase *lq_test_item_json(void);
TCase *lq_test_profile_files(void);
TCase *lq_test_service_error(void);
TCase *lq_test_table_item(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_aws_endpoint,        lq_test_aws_environment,    lq_test_credential_chain,
        lq_test_credential_document, lq_test_credential_process, lq_test_dynamodb_answer,
        lq_test_dynamodb_gateway,    lq_test_event_entry,        lq_test_eventbridge_answer,
        lq_test_eventbridge_gateway, lq_test_item_json,          lq_test_profile_files,
        lq_test_service_error,       lq_test_table_item,
    };

    return lq_suite_run("mirror infrastructure", cases, sizeof cases / sizeof cases[0]);
}

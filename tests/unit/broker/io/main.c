// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/io/broker_io_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_answer_groups,     lq_test_client_roster,   lq_test_receipt_writer,
        lq_test_broker_status,     lq_test_dispatch_meter,  lq_test_letter_desk,
        lq_test_letter_inquiry,    lq_test_live_sessions,   lq_test_parked_sessions,
        lq_test_payload_buffers,   lq_test_process_proof,   lq_test_recall,
        lq_test_session_entry_key, lq_test_storage_job,     lq_test_storage_news,
        lq_test_watch_table,       lq_test_welcome_message, lq_test_stored_quotas,
        lq_test_feed_inquiry,      lq_test_mirror_port,     lq_test_stored_durability,
        lq_test_stored_events,     lq_test_refused_rounds,
    };

    return lq_suite_run("broker_io", cases, sizeof cases / sizeof cases[0]);
}

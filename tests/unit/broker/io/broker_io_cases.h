// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_io_cases.h - the test cases of broker/io. */
#ifndef LQ_BROKER_IO_CASES_H
#define LQ_BROKER_IO_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_answer_groups(void);
TCase *lq_test_broker_status(void);
TCase *lq_test_client_roster(void);
TCase *lq_test_dispatch_meter(void);
TCase *lq_test_feed_inquiry(void);
TCase *lq_test_letter_desk(void);
TCase *lq_test_letter_inquiry(void);
TCase *lq_test_live_sessions(void);
TCase *lq_test_mirror_port(void);
TCase *lq_test_parked_sessions(void);
TCase *lq_test_payload_buffers(void);
TCase *lq_test_process_proof(void);
TCase *lq_test_recall(void);
TCase *lq_test_receipt_writer(void);
TCase *lq_test_refused_rounds(void);
TCase *lq_test_session_entry_key(void);
TCase *lq_test_storage_job(void);
TCase *lq_test_storage_news(void);
TCase *lq_test_stored_durability(void);
TCase *lq_test_stored_events(void);
TCase *lq_test_stored_quotas(void);
TCase *lq_test_watch_table(void);
TCase *lq_test_welcome_message(void);

#endif

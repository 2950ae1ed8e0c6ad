// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_base_item(void);
TCase *lq_test_base_reader(void);
TCase *lq_test_base_schedule(void);
TCase *lq_test_base_slots(void);
TCase *lq_test_broker_outbox_event(void);
TCase *lq_test_cloud_event(void);
TCase *lq_test_event_fate(void);
TCase *lq_test_event_window(void);
TCase *lq_test_expiry_renewal(void);
TCase *lq_test_expiry_search(void);
TCase *lq_test_key_item(void);
TCase *lq_test_ledger_event(void);
TCase *lq_test_partition_item(void);
TCase *lq_test_segment(void);
TCase *lq_test_segment_expiry(void);
TCase *lq_test_segment_key(void);
TCase *lq_test_segment_packer(void);
TCase *lq_test_segment_reader(void);
TCase *lq_test_stream_log(void);
TCase *lq_test_stream_set(void);
TCase *lq_test_telling(void);
TCase *lq_test_write_budget(void);
TCase *lq_test_write_units(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_base_item,
                                            lq_test_base_reader,
                                            lq_test_base_schedule,
                                            lq_test_base_slots,
                                            lq_test_broker_outbox_event,
                                            lq_test_cloud_event,
                                            lq_test_event_fate,
                                            lq_test_event_window,
                                            lq_test_expiry_renewal,
                                            lq_test_expiry_search,
                                            lq_test_key_item,
                                            lq_test_ledger_event,
                                            lq_test_partition_item,
                                            lq_test_segment,
                                            lq_test_segment_expiry,
                                            lq_test_segment_key,
                                            lq_test_segment_packer,
                                            lq_test_segment_reader,
                                            lq_test_stream_log,
                                            lq_test_stream_set,
                                            lq_test_telling,
                                            lq_test_write_budget,
                                            lq_test_write_units};

    return lq_suite_run("mirror_domain", cases, sizeof cases / sizeof cases[0]);
}

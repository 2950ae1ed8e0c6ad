// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_broker_entry(void);
TCase *lq_test_commit_rule(void);
TCase *lq_test_content_cache(void);
TCase *lq_test_compaction(void);
TCase *lq_test_content_prefix(void);
TCase *lq_test_digest_sum(void);
TCase *lq_test_earlier_state(void);
TCase *lq_test_drop_proof(void);
TCase *lq_test_hash_chain(void);
TCase *lq_test_head(void);
TCase *lq_test_ledger_key(void);
TCase *lq_test_map_growth(void);
TCase *lq_test_outbox_entry(void);
TCase *lq_test_outbox_note(void);
TCase *lq_test_partition_state(void);
TCase *lq_test_record(void);
TCase *lq_test_retention(void);
TCase *lq_test_space_forecast(void);
TCase *lq_test_space_history(void);
TCase *lq_test_wall_guard(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_commit_rule,    lq_test_content_prefix,
        lq_test_digest_sum,     lq_test_hash_chain,
        lq_test_head,           lq_test_ledger_key,
        lq_test_outbox_entry,   lq_test_partition_state,
        lq_test_outbox_note,    lq_test_record,
        lq_test_broker_entry,   lq_test_map_growth,
        lq_test_space_forecast, lq_test_space_history,
        lq_test_content_cache,  lq_test_earlier_state,
        lq_test_compaction,     lq_test_drop_proof,
        lq_test_retention,      lq_test_wall_guard,
    };

    return lq_suite_run("store_core", cases, sizeof cases / sizeof cases[0]);
}

// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

TCase *lq_test_broker_feed(void);
TCase *lq_test_broker_seal(void);
TCase *lq_test_broker_restore(void);
TCase *lq_test_broker_store(void);
TCase *lq_test_broker_store_upgrade(void);
TCase *lq_test_broker_telling(void);
TCase *lq_test_key_file(void);
TCase *lq_test_keyring(void);
TCase *lq_test_ledger(void);
TCase *lq_test_ledger_bases(void);
TCase *lq_test_ledger_compaction(void);
TCase *lq_test_ledger_delta(void);
TCase *lq_test_ledger_delta_copy(void);
TCase *lq_test_ledger_faults(void);
TCase *lq_test_ledger_feed(void);
TCase *lq_test_ledger_proofs(void);
TCase *lq_test_ledger_restore(void);
TCase *lq_test_ledger_shred(void);
TCase *lq_test_ledger_delete(void);
TCase *lq_test_ledger_space(void);
TCase *lq_test_ledger_telling(void);
TCase *lq_test_ledger_verify(void);
TCase *lq_test_map_size(void);
TCase *lq_test_record_seal(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_broker_store,      lq_test_key_file,
        lq_test_keyring,           lq_test_ledger,
        lq_test_ledger_bases,      lq_test_ledger_faults,
        lq_test_ledger_verify,     lq_test_record_seal,
        lq_test_ledger_feed,       lq_test_ledger_restore,
        lq_test_broker_seal,       lq_test_broker_store_upgrade,
        lq_test_broker_feed,       lq_test_broker_restore,
        lq_test_ledger_shred,      lq_test_broker_telling,
        lq_test_ledger_telling,    lq_test_ledger_space,
        lq_test_map_size,          lq_test_ledger_delta,
        lq_test_ledger_delta_copy, lq_test_ledger_compaction,
        lq_test_ledger_proofs,     lq_test_ledger_delete,
    };

    return lq_suite_run("store", cases, sizeof cases / sizeof cases[0]);
}

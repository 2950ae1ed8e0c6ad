# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/store/test_store_core tests/unit/store/test_store
tests_unit_store_test_store_core_SOURCES = \
	%D%/core_main.c \
	%D%/test_commit_rule.c \
	%D%/test_content_prefix.c \
	%D%/test_digest_sum.c \
	%D%/test_hash_chain.c \
	%D%/test_head.c \
	%D%/test_ledger_key.c \
	%D%/test_partition_state.c \
	%D%/test_record.c
tests_unit_store_test_store_core_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_store_test_store_core_LDADD = store/core/libstorecore.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS)
tests_unit_store_test_store_SOURCES = \
	%D%/main.c \
	%D%/ledger_fixture.c %D%/ledger_fixture.h \
	%D%/store_folder.c %D%/store_folder.h \
	%D%/test_broker_store.c \
	%D%/test_key_file.c \
	%D%/test_keyring.c \
	%D%/test_ledger.c \
	%D%/test_ledger_faults.c \
	%D%/test_ledger_verify.c \
	%D%/test_record_seal.c
tests_unit_store_test_store_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) $(CHECK_CFLAGS)
tests_unit_store_test_store_LDADD = store/lmdb/libstorelmdb.a store/seal/libstoreseal.a \
	store/core/libstorecore.a world/libworld.a base/libbase.a tests/support/libtest.a \
	$(LMDB_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)

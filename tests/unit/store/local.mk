# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/store/test_store_core tests/unit/store/test_store
tests_unit_store_test_store_core_SOURCES = \
	%D%/core_main.c \
	%D%/core/test_broker_entry.c \
	%D%/core/test_commit_rule.c \
	%D%/core/test_content_cache.c \
	%D%/core/test_compaction.c \
	%D%/core/test_content_prefix.c \
	%D%/core/test_digest_sum.c \
	%D%/core/test_drop_proof.c \
	%D%/core/test_hash_chain.c \
	%D%/core/test_head.c \
	%D%/core/test_ledger_key.c \
	%D%/core/test_map_growth.c \
	%D%/core/test_outbox_entry.c \
	%D%/core/test_outbox_note.c \
	%D%/core/test_partition_state.c \
	%D%/core/test_record.c \
	%D%/core/test_retention.c \
	%D%/core/test_space_forecast.c \
	%D%/core/test_space_history.c \
	%D%/core/test_wall_guard.c
tests_unit_store_test_store_core_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_store_test_store_core_LDADD = store/core/libstorecore.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS)
tests_unit_store_test_store_SOURCES = \
	%D%/main.c \
	%D%/lmdb/delta_session.c %D%/lmdb/delta_session.h \
	%D%/lmdb/ledger_changes.c %D%/lmdb/ledger_changes.h \
	%D%/lmdb/ledger_fixture.c %D%/lmdb/ledger_fixture.h \
	%D%/lmdb/store_folder.c %D%/lmdb/store_folder.h \
	%D%/lmdb/test_broker_feed.c \
	%D%/lmdb/test_broker_restore.c \
	%D%/lmdb/test_broker_store.c \
	%D%/lmdb/test_broker_store_upgrade.c \
	%D%/lmdb/test_broker_telling.c \
	%D%/seal/test_broker_seal.c \
	%D%/seal/test_key_file.c \
	%D%/seal/test_keyring.c \
	%D%/lmdb/test_ledger.c \
	%D%/lmdb/test_ledger_bases.c \
	%D%/lmdb/test_ledger_compaction.c \
	%D%/lmdb/test_ledger_delete.c \
	%D%/lmdb/test_ledger_delta.c \
	%D%/lmdb/test_ledger_faults.c \
	%D%/lmdb/test_ledger_feed.c \
	%D%/lmdb/test_ledger_proofs.c \
	%D%/lmdb/test_ledger_restore.c \
	%D%/lmdb/test_ledger_shred.c \
	%D%/lmdb/test_ledger_space.c \
	%D%/lmdb/test_ledger_telling.c \
	%D%/lmdb/test_ledger_verify.c \
	%D%/lmdb/test_map_size.c \
	%D%/seal/test_record_seal.c \
	tests/property/random_world.c tests/property/random_world.h
tests_unit_store_test_store_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) $(CHECK_CFLAGS)
tests_unit_store_test_store_LDADD = store/lmdb/libstorelmdb.a store/seal/libstoreseal.a \
	store/core/libstorecore.a world/libworld.a base/libbase.a tests/support/libtest.a \
	$(LMDB_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)

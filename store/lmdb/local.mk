# SPDX-License-Identifier: MPL-2.0
# store/lmdb/: the ledger and the broker's own store. The only files that include lmdb.h.
noinst_LIBRARIES += store/lmdb/libstorelmdb.a
store_lmdb_libstorelmdb_a_SOURCES = \
	%D%/broker_cursors.c \
	%D%/broker_feed.c %D%/broker_feed.h \
	%D%/broker_layout.c %D%/broker_layout.h \
	%D%/broker_outbox.c \
	%D%/broker_restore.c %D%/broker_restore.h \
	%D%/broker_store.c %D%/broker_store.h \
	%D%/broker_store_handle.h \
	%D%/broker_telling.c \
	%D%/commit_clock.c \
	%D%/commit_compaction.c \
	%D%/compaction_piece.c %D%/compaction_piece.h \
	%D%/commit_creation.c \
	%D%/commit_retention.c \
	%D%/commit_shred.c \
	%D%/commit_cursor.c \
	%D%/commit_delete.c \
	%D%/commit_group.c %D%/commit_group.h \
	%D%/commit_outbox.c \
	%D%/commit_telling.c \
	%D%/entry_copy.c %D%/entry_copy.h \
	%D%/ledger.c %D%/ledger.h \
	%D%/ledger_bases.c %D%/ledger_bases.h \
	%D%/ledger_commit.c \
	%D%/ledger_content.c %D%/ledger_content.h \
	%D%/ledger_feed.c %D%/ledger_feed.h \
	%D%/ledger_handle.h \
	%D%/ledger_lookup.c %D%/ledger_lookup.h \
	%D%/ledger_names.c \
	%D%/ledger_reader.c \
	%D%/ledger_restore.c %D%/ledger_restore.h \
	%D%/ledger_space.c %D%/ledger_space.h \
	%D%/ledger_state.c %D%/ledger_state.h \
	%D%/ledger_verify.c %D%/ledger_verify.h \
	%D%/lmdb_environment.c %D%/lmdb_environment.h \
	%D%/map_guard.c %D%/map_guard.h \
	%D%/map_size.c %D%/map_size.h \
	%D%/meta_pages.c %D%/meta_pages.h \
	%D%/record_reader.c \
	%D%/restore_tables.c %D%/restore_tables.h \
	%D%/space_page.c %D%/space_page.h \
	%D%/verification.h \
	%D%/verification_chains.c \
	%D%/verification_contents.c \
	%D%/verification_note.c \
	%D%/verification_proofs.c \
	%D%/verification_tables.c
store_lmdb_libstorelmdb_a_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)

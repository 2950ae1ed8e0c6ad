# SPDX-License-Identifier: MPL-2.0
# actors/ledger/: how load and persist read a session's newest record, and the feed's state; how load and lqctl tell of the feed's entries.
noinst_LIBRARIES += actors/ledger/libactorledger.a
actors_ledger_libactorledger_a_SOURCES = \
	%D%/feed_items.c %D%/feed_items.h \
	%D%/feed_report.c %D%/feed_report.h \
	%D%/session_entry.c %D%/session_entry.h
LQ_LEDGER_LIBS = store/lmdb/libstorelmdb.a store/seal/libstoreseal.a store/core/libstorecore.a
LQ_LEDGER_SYSTEM_LIBS = $(LMDB_LIBS) $(SODIUM_LIBS)

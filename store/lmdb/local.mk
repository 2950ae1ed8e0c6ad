# SPDX-License-Identifier: MPL-2.0
# store/lmdb/: the ledger and the broker's own store. The only files that include lmdb.h.
noinst_LIBRARIES += store/lmdb/libstorelmdb.a
store_lmdb_libstorelmdb_a_SOURCES = \
	%D%/broker_store.c %D%/broker_store.h \
	%D%/commit_creation.c \
	%D%/commit_group.c %D%/commit_group.h \
	%D%/ledger.c %D%/ledger.h \
	%D%/ledger_commit.c \
	%D%/ledger_handle.h \
	%D%/ledger_lookup.c %D%/ledger_lookup.h \
	%D%/ledger_names.c \
	%D%/ledger_reader.c \
	%D%/ledger_verify.c \
	%D%/lmdb_environment.c %D%/lmdb_environment.h
store_lmdb_libstorelmdb_a_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)

# SPDX-License-Identifier: MPL-2.0
# What load reads for READ and WINDOW, on a ledger of real ticks.
UNIT_TESTS += tests/unit/actors/load/test_load
tests_unit_actors_load_test_load_SOURCES = \
	actors/load/frame_events.c \
	actors/load/load_read.c \
	tests/unit/store/lmdb/ledger_fixture.c tests/unit/store/lmdb/ledger_fixture.h \
	tests/unit/store/lmdb/store_folder.c tests/unit/store/lmdb/store_folder.h \
	%D%/main.c \
	%D%/played_session.c %D%/played_session.h \
	%D%/test_frame_events.c \
	%D%/test_load_read.c
tests_unit_actors_load_test_load_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_actors_load_test_load_LDADD = tests/support/libtest.a $(LQ_LEDGER_STAGE_LIBS) $(CHECK_LIBS)

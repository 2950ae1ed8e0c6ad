# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/golden/golden_simulation
tests_golden_golden_simulation_SOURCES = %D%/golden_simulation.c
tests_golden_golden_simulation_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_golden_golden_simulation_LDADD = $(LQ_STAGE_LIBS) world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS) -lm
EXTRA_DIST += %D%/export_v1.hex %D%/replay_v1.hex
UNIT_TESTS += tests/golden/golden_replay
tests_golden_golden_replay_SOURCES = %D%/golden_replay.c
tests_golden_golden_replay_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_golden_golden_replay_LDADD = $(LQ_REPLAY_LIBS) world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS) -lm
EXTRA_DIST += %D%/delta_v1.hex %D%/delta_edges_v1.hex %D%/read_delta.py
UNIT_TESTS += tests/golden/golden_delta
tests_golden_golden_delta_SOURCES = %D%/golden_delta.c %D%/edge_frames.c %D%/edge_frames.h \
	tests/property/random_world.c tests/property/random_world.h
tests_golden_golden_delta_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_golden_golden_delta_LDADD = $(LQ_REPLAY_LIBS) world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS) -lm
EXTRA_DIST += %D%/ledger_record_v1.hex %D%/ledger_record_v2.hex %D%/ledger_dump.py %D%/ledger_v1.hex \
	%D%/ledger_v2.hex %D%/ledger_v3.hex %D%/ledger_v4.hex %D%/ledger_v4_restored.hex %D%/ledger_v5.hex
UNIT_TESTS += tests/golden/ledger_in_python
tests_golden_ledger_in_python_SOURCES = \
	%D%/ledger_in_python.c \
	tests/unit/store/lmdb/ledger_fixture.c tests/unit/store/lmdb/ledger_fixture.h \
	tests/unit/store/lmdb/store_folder.c tests/unit/store/lmdb/store_folder.h
tests_golden_ledger_in_python_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_golden_ledger_in_python_LDADD = store/lmdb/libstorelmdb.a store/seal/libstoreseal.a \
	store/core/libstorecore.a world/libworld.a base/libbase.a tests/support/libtest.a \
	$(LMDB_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS) -lm
EXTRA_DIST += %D%/mirror_v2.hex %D%/read_mirror.py
UNIT_TESTS += tests/golden/golden_mirror
tests_golden_golden_mirror_SOURCES = %D%/golden_mirror.c
tests_golden_golden_mirror_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_golden_golden_mirror_LDADD = mirror/domain/libmirrordomain.a store/seal/libstoreseal.a \
	store/core/libstorecore.a world/libworld.a base/libbase.a tests/support/libtest.a \
	$(SODIUM_LIBS) $(CHECK_LIBS)

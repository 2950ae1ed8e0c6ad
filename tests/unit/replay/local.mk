# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/replay/test_replay
tests_unit_replay_test_replay_SOURCES = %D%/main.c %D%/test_replay.c %D%/test_world_changes.c
tests_unit_replay_test_replay_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_replay_test_replay_LDADD = $(LQ_REPLAY_LIBS) world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS) -lm

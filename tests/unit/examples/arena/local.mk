# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/examples/arena/test_arena
tests_unit_examples_arena_test_arena_SOURCES = %D%/test_arena_world.c
tests_unit_examples_arena_test_arena_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_examples_arena_test_arena_LDADD = examples/arena/libarena.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS) -lm

# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/golden/golden_simulation
tests_golden_golden_simulation_SOURCES = %D%/golden_simulation.c
tests_golden_golden_simulation_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_golden_golden_simulation_LDADD = actors/physics/domain/libphysicsdomain.a \
	actors/ai/domain/libaidomain.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS) -lm
EXTRA_DIST += %D%/ledger_record_v1.hex

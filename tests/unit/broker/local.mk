# SPDX-License-Identifier: MPL-2.0
# The core is driven through its step function alone; core_invariants.c looks inside after every step.
broker_core_fixture = \
	%D%/core_fixture.c %D%/core_fixture.h %D%/core_fixture_effects.c \
	%D%/core_invariants.c %D%/core_invariants.h \
	%D%/ledger_model.c %D%/ledger_model.h

UNIT_TESTS += tests/unit/broker/test_broker_core
tests_unit_broker_test_broker_core_SOURCES = $(broker_core_fixture) \
	%D%/main.c \
	%D%/test_broker_core_admin.c \
	%D%/test_broker_core_awaiting.c \
	%D%/test_broker_core_blaming.c \
	%D%/test_broker_core_dispatching.c \
	%D%/test_broker_core_doubt.c \
	%D%/test_broker_core_fairness.c \
	%D%/test_broker_core_holding.c \
	%D%/test_broker_core_letters.c \
	%D%/test_broker_core_opening.c \
	%D%/test_broker_core_redriving.c \
	%D%/test_broker_core_retrying.c \
	%D%/test_broker_core_submission.c \
	%D%/test_letter_index.c \
	%D%/test_timer_heap.c
tests_unit_broker_test_broker_core_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_broker_test_broker_core_LDADD = broker/core/libbrokercore.a pipeline/libpipeline.a world/libworld.a \
	base/libbase.a tests/support/libtest.a $(CHECK_LIBS)

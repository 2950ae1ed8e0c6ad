# SPDX-License-Identifier: MPL-2.0
# The core is driven through its step function alone; core_invariants.c and its parts look inside after every step.
broker_core_fixture = \
	%D%/core_fixture.c %D%/core_fixture.h %D%/core_fixture_effects.c \
	%D%/core_invariants.c %D%/core_invariants.h \
	%D%/core_tally.c %D%/core_tally.h \
	%D%/flow_invariants.c %D%/held_invariants.c %D%/tenant_invariants.c \
	%D%/ledger_model.c %D%/ledger_model.h

UNIT_TESTS += tests/unit/broker/core/test_broker_core
tests_unit_broker_core_test_broker_core_SOURCES = $(broker_core_fixture) \
	%D%/core_case.c %D%/core_case.h \
	%D%/flow_case.c %D%/flow_case.h \
	%D%/main.c \
	%D%/test_actor_table.c \
	%D%/test_admin_execution.c \
	%D%/test_batch.c \
	%D%/test_command_sight.c \
	%D%/test_culprit.c \
	%D%/test_dead_letter.c \
	%D%/test_dead_letter_redrive.c \
	%D%/test_dispatch.c \
	%D%/test_doubt.c \
	%D%/test_flow.c \
	%D%/test_grid.c \
	%D%/test_hashed_names.c \
	%D%/test_heartbeat.c \
	%D%/test_held_answers.c \
	%D%/test_incarnation.c \
	%D%/test_index_list.c \
	%D%/test_lease.c \
	%D%/test_letter_index.c \
	%D%/test_mailbox.c \
	%D%/test_orphans.c \
	%D%/test_parking.c \
	%D%/test_retry.c \
	%D%/test_session_standing.c \
	%D%/test_silent_instance.c \
	%D%/test_stall.c \
	%D%/test_submission.c \
	%D%/test_tenant_quota.c \
	%D%/test_tenant.c \
	%D%/test_tenant_load.c \
	%D%/test_tenant_report.c \
	%D%/test_tenant_ring.c \
	%D%/test_tenant_wait.c \
	%D%/test_timer_heap.c \
	%D%/test_token_bucket.c \
	%D%/test_wait_histogram.c
tests_unit_broker_core_test_broker_core_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_broker_core_test_broker_core_LDADD = broker/core/libbrokercore.a pipeline/libpipeline.a world/libworld.a \
	base/libbase.a tests/support/libtest.a $(CHECK_LIBS)

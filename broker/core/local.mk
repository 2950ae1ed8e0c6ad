# SPDX-License-Identifier: MPL-2.0
# broker/core/: PURE. One step function; no socket, clock, disk, heap or randomness of its own.
noinst_LIBRARIES += broker/core/libbrokercore.a
broker_core_libbrokercore_a_SOURCES = \
	%D%/actor_table.c %D%/actor_table.h \
	%D%/admin_execution.c %D%/admin_execution.h \
	%D%/batch.c %D%/batch.h \
	%D%/broker_core.c %D%/broker_core.h \
	%D%/broker_effect.h \
	%D%/broker_event.h \
	%D%/command_answer.c %D%/command_answer.h \
	%D%/command_sight.c \
	%D%/core_report.c \
	%D%/core_tables.c %D%/core_tables.h \
	%D%/culprit.c %D%/culprit.h \
	%D%/dead_letter.c %D%/dead_letter.h \
	%D%/dispatch.c %D%/dispatch.h \
	%D%/doubt.c %D%/doubt.h \
	%D%/effect_list.c %D%/effect_list.h \
	%D%/execution.c %D%/execution.h \
	%D%/flow.c %D%/flow.h \
	%D%/grid.c %D%/grid.h \
	%D%/hashed_names.c %D%/hashed_names.h \
	%D%/heartbeat.c %D%/heartbeat.h \
	%D%/held_answers.c %D%/held_answers.h \
	%D%/incarnation.c %D%/incarnation.h \
	%D%/index_list.h \
	%D%/lease.c %D%/lease.h \
	%D%/letter_index.c %D%/letter_index.h \
	%D%/mailbox.c %D%/mailbox.h \
	%D%/orphans.c %D%/orphans.h \
	%D%/parking.c %D%/parking.h \
	%D%/partition.c %D%/partition.h \
	%D%/quota_report.c %D%/quota_report.h \
	%D%/quota_use.c %D%/quota_use.h \
	%D%/record_pool.h \
	%D%/retry.c %D%/retry.h \
	%D%/session.c %D%/session.h \
	%D%/session_standing.c %D%/session_standing.h \
	%D%/silent_instance.c %D%/silent_instance.h \
	%D%/mirror_sight.c \
	%D%/stall.c %D%/stall.h \
	%D%/stream_table.c %D%/stream_table.h \
	%D%/submission.c %D%/submission.h \
	%D%/task.c %D%/task.h \
	%D%/task_queue.c %D%/task_queue.h \
	%D%/tenant.c %D%/tenant.h \
	%D%/tenant_durability.c %D%/tenant_durability.h \
	%D%/tenant_quota.c %D%/tenant_quota.h \
	%D%/tenant_load.c %D%/tenant_load.h \
	%D%/tenant_report.c \
	%D%/tenant_ring.c %D%/tenant_ring.h \
	%D%/tenant_wait.c %D%/tenant_wait.h \
	%D%/timer_heap.c %D%/timer_heap.h \
	%D%/token_bucket.h \
	%D%/verdict.c %D%/verdict.h \
	%D%/wait_histogram.c %D%/wait_histogram.h

# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/actors/runtime/test_runtime
tests_unit_actors_runtime_test_runtime_SOURCES = \
	%D%/main.c \
	%D%/test_actor_loop.c \
	%D%/test_item_clock.c \
	%D%/test_out_buffer.c \
	%D%/test_progress_cell.c \
	%D%/test_result_message.c \
	%D%/test_stage_thread.c
tests_unit_actors_runtime_test_runtime_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_actors_runtime_test_runtime_LDADD = $(LQ_ACTOR_LIBS) tests/support/libtest.a \
	$(LQ_ACTOR_SYSTEM_LIBS) $(CHECK_LIBS)

# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/world/test_world
tests_unit_world_test_world_SOURCES = \
	%D%/main.c \
	%D%/test_body_control.c \
	%D%/test_canonical.c \
	%D%/test_client_id.c \
	%D%/test_client_window.c \
	%D%/test_column_delta.c \
	%D%/test_column_document.c \
	%D%/test_column_prediction.c \
	%D%/test_command.c \
	%D%/test_event_subscription.c \
	%D%/test_identity.c \
	%D%/test_row_delta.c \
	%D%/test_session_config.c \
	%D%/test_tick.c \
	%D%/test_tick_delta.c \
	%D%/test_world.c \
	%D%/test_world_check.c \
	%D%/test_world_difference.c
tests_unit_world_test_world_CPPFLAGS = $(AM_CPPFLAGS) -DLQ_TOP_SOURCE='"$(abs_top_srcdir)"'
tests_unit_world_test_world_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_world_test_world_LDADD = world/libworld.a base/libbase.a tests/support/libtest.a \
	$(CHECK_LIBS) -lm

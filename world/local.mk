# SPDX-License-Identifier: MPL-2.0
# world/: PURE. The columns of a world, commands and their validation, the canonical form, limits.
noinst_LIBRARIES += world/libworld.a
world_libworld_a_SOURCES = \
	%D%/body_control.c %D%/body_control.h \
	%D%/column.h %D%/columns.def \
	%D%/column_delta.c %D%/column_delta.h \
	%D%/column_prediction.c %D%/column_prediction.h \
	%D%/column_table.c %D%/column_table.h \
	%D%/event_subscription.c %D%/event_subscription.h \
	%D%/delta_stream.h \
	%D%/canonical.h %D%/canonical_decode.c %D%/canonical_encode.c %D%/canonical_layout.h \
	%D%/client_id.c %D%/client_id.h \
	%D%/client_window.c %D%/client_window.h \
	%D%/command.c %D%/command.h \
	%D%/float_mode.h \
	%D%/identity.c %D%/identity.h \
	%D%/row_delta.c %D%/row_delta.h \
	%D%/session_config.c \
	%D%/tick.c %D%/tick.h \
	%D%/tick_delta.h %D%/tick_delta_decode.c %D%/tick_delta_encode.c %D%/tick_delta_layout.h \
	%D%/world.c %D%/world.h \
	%D%/world_check.c \
	%D%/world_delta.c %D%/world_delta.h \
	%D%/world_difference.c %D%/world_difference.h \
	%D%/world_limits.h
world_libworld_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS)

# SPDX-License-Identifier: MPL-2.0
# world/: PURE. The columns of a world, commands and their validation, the canonical form, limits.
noinst_LIBRARIES += world/libworld.a
world_libworld_a_SOURCES = \
	%D%/body_control.c %D%/body_control.h \
	%D%/column.h %D%/columns.def \
	%D%/canonical.h %D%/canonical_decode.c %D%/canonical_encode.c %D%/canonical_layout.h \
	%D%/client_id.c %D%/client_id.h \
	%D%/client_window.c %D%/client_window.h \
	%D%/command.c %D%/command.h \
	%D%/float_mode.h \
	%D%/identity.c %D%/identity.h \
	%D%/session_config.c \
	%D%/tick.c %D%/tick.h \
	%D%/world.c %D%/world.h \
	%D%/world_check.c \
	%D%/world_difference.c %D%/world_difference.h \
	%D%/world_limits.h
world_libworld_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS)

# SPDX-License-Identifier: MPL-2.0
# actors/persist/: stage persist.
lq_persist_SOURCES = \
	%D%/main.c \
	%D%/persist_creation.c \
	%D%/persist_cursor.c \
	%D%/persist_delete.c \
	%D%/persist_delta.c %D%/persist_delta.h \
	%D%/persist_handler.c %D%/persist_handler.h \
	%D%/persist_request.c \
	%D%/persist_resolve.c \
	%D%/persist_retention.c \
	%D%/persist_shred.c \
	%D%/persist_space.c \
	%D%/persist_telling.c \
	%D%/persist_tick.c

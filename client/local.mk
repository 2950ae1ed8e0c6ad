# SPDX-License-Identifier: MPL-2.0
# client/: the library that talks to a broker; used by lqctl, the arena, the benchmarks.
noinst_LIBRARIES += client/libclient.a
client_libclient_a_SOURCES = \
	%D%/broker_link.c %D%/broker_link.h \
	%D%/client.c %D%/client.h \
	%D%/outstanding.c %D%/outstanding.h \
	%D%/request_table.c %D%/request_table.h \
	%D%/session_numbers.c %D%/session_numbers.h \
	%D%/session_table.c %D%/session_table.h \
	%D%/unused_reason.c %D%/unused_reason.h \
	%D%/watch.c
client_libclient_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS)

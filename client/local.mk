# SPDX-License-Identifier: MPL-2.0
# client/: the library that talks to a broker; used by lqctl, the arena, the benchmarks.
noinst_LIBRARIES += client/libclient.a
client_libclient_a_SOURCES = \
	%D%/administration.c %D%/administration.h \
	%D%/broker_link.c %D%/broker_link.h \
	%D%/client.c %D%/client.h \
	%D%/client_history.c %D%/client_history.h \
	%D%/client_list.c %D%/client_list.h \
	%D%/client_record.h \
	%D%/feed_reader.c %D%/feed_reader.h \
	%D%/feed_reader_record.h \
	%D%/id_randomness.c %D%/id_randomness.h \
	%D%/lane_table.c %D%/lane_table.h \
	%D%/link.c %D%/link.h \
	%D%/link_record.h \
	%D%/link_turn.c \
	%D%/outstanding.c %D%/outstanding.h \
	%D%/quota_wait.c %D%/quota_wait.h \
	%D%/receipt_intake.c %D%/receipt_intake.h \
	%D%/request_table.c %D%/request_table.h \
	%D%/session_numbers.c %D%/session_numbers.h \
	%D%/session_table.c %D%/session_table.h \
	%D%/unused_reason.c %D%/unused_reason.h \
	%D%/watch.c %D%/watch.h \
	%D%/watch_desk.c %D%/watch_desk.h \
	%D%/watch_record.h
client_libclient_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS)
# What a program over this library links, in order.
LQ_CLIENT_LIBS = client/libclient.a transport/libtransport.a proto/libproto.a \
	config/libconfig.a world/libworld.a base/libbase.a
LQ_CLIENT_SYSTEM_LIBS = $(ZMQ_LIBS) $(CZMQ_LIBS) $(PROTOBUF_C_LIBS)

# SPDX-License-Identifier: MPL-2.0
# examples/arena/: arena worlds and the sessions that hold them, as a library for bots and benchmarks;
# lq-arena, the bots of the quick start.
noinst_LIBRARIES += examples/arena/libarena.a
examples_arena_libarena_a_SOURCES = \
	%D%/arena_sessions.c %D%/arena_sessions.h \
	%D%/arena_world.c %D%/arena_world.h

bin_PROGRAMS += lq-arena
lq_arena_SOURCES = \
	%D%/arena_bots.c %D%/arena_bots.h \
	%D%/arena_options.c %D%/arena_options.h \
	%D%/arena_report.c %D%/arena_report.h \
	%D%/main.c
lq_arena_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
lq_arena_LDADD = \
	examples/arena/libarena.a \
	client/libclient.a transport/libtransport.a \
	config/libconfig.a \
	proto/libproto.a \
	world/libworld.a \
	base/libbase.a \
	$(JANSSON_LIBS) $(PROTOBUF_C_LIBS) $(CZMQ_LIBS) $(ZMQ_LIBS)

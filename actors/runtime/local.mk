# SPDX-License-Identifier: MPL-2.0
# actors/runtime/: what every actor shares; also the library of users' own stages.
noinst_LIBRARIES += actors/runtime/libactorruntime.a
actors_runtime_libactorruntime_a_SOURCES = \
	%D%/actor_connection.c %D%/actor_connection.h \
	%D%/actor_loop.c %D%/actor_loop.h \
	%D%/actor_main.c \
	%D%/actor_options.c %D%/actor_options.h \
	%D%/actor_runtime.h \
	%D%/answer.c \
	%D%/commit_thread.c %D%/commit_thread.h \
	%D%/item_clock.c %D%/item_clock.h \
	%D%/out_buffer.c \
	%D%/out_pool.c %D%/out_pool.h \
	%D%/progress_cell.c %D%/progress_cell.h \
	%D%/result_message.c %D%/result_message.h \
	%D%/runtime_folder.c %D%/runtime_folder.h \
	%D%/stage_batch.c %D%/stage_batch.h \
	%D%/stage_thread.c %D%/stage_thread.h \
	%D%/tick_stage.c %D%/tick_stage.h \
	%D%/work_counts.c %D%/work_counts.h
actors_runtime_libactorruntime_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS) -pthread
# What a program over this library links, in order.
LQ_ACTOR_LIBS = actors/runtime/libactorruntime.a transport/libtransport.a proto/libproto.a config/libconfig.a \
	world/libworld.a base/libbase.a
LQ_ACTOR_SYSTEM_LIBS = $(ZMQ_LIBS) $(CZMQ_LIBS) $(PROTOBUF_C_LIBS) -lpthread

# SPDX-License-Identifier: MPL-2.0
# broker/io/: the broker's shell. Sockets, storage thread, clock: feeds events, carries out effects.
noinst_LIBRARIES += broker/io/libbrokerio.a
broker_io_libbrokerio_a_SOURCES = \
	%D%/actor_port.c \
	%D%/broker_config.c %D%/broker_config.h \
	%D%/broker_loop.c \
	%D%/broker_shell.c %D%/broker_shell.h \
	%D%/client_port.c \
	%D%/dispatch_meter.c %D%/dispatch_meter.h \
	%D%/dispatch_writer.c %D%/dispatch_writer.h \
	%D%/effect_runner.c \
	%D%/frame_publisher.c %D%/frame_publisher.h \
	%D%/instance_cells.c %D%/instance_cells.h \
	%D%/instance_port.c \
	%D%/heap_slack.c %D%/heap_slack.h \
	%D%/letter_desk.c %D%/letter_desk.h \
	%D%/payload_buffers.c %D%/payload_buffers.h \
	%D%/process_proof.c %D%/process_proof.h \
	%D%/process_watch.c %D%/process_watch.h \
	%D%/receipt_writer.c %D%/receipt_writer.h \
	%D%/signal_flags.c %D%/signal_flags.h \
	%D%/storage_port.c \
	%D%/storage_thread.c %D%/storage_thread.h \
	%D%/watch_port.c \
	%D%/watch_table.c %D%/watch_table.h
broker_io_libbrokerio_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

bin_PROGRAMS += lq-broker
lq_broker_SOURCES = %D%/main.c
lq_broker_CFLAGS = $(AM_CFLAGS)
lq_broker_LDADD = broker/io/libbrokerio.a transport/libtransport.a broker/core/libbrokercore.a \
	pipeline/document/libpipelinedocument.a pipeline/libpipeline.a \
	store/lmdb/libstorelmdb.a store/seal/libstoreseal.a store/core/libstorecore.a \
	config/libconfig.a proto/libproto.a world/libworld.a base/libbase.a \
	$(CZMQ_LIBS) $(ZMQ_LIBS) $(LMDB_LIBS) $(SODIUM_LIBS) $(JANSSON_LIBS) $(PROTOBUF_C_LIBS) -lpthread -lm

# SPDX-License-Identifier: MPL-2.0
# broker/io/: the broker's shell. Sockets, storage thread, clock: feeds events, carries out effects.
noinst_LIBRARIES += broker/io/libbrokerio.a
broker_io_libbrokerio_a_SOURCES = \
	%D%/actor_orders.c %D%/actor_orders.h \
	%D%/actor_port.c %D%/actor_port.h \
	%D%/admin_port.c %D%/admin_port.h \
	%D%/answer_groups.c %D%/answer_groups.h \
	%D%/broker_config.c %D%/broker_config.h \
	%D%/broker_loop.c %D%/broker_loop.h \
	%D%/broker_parts.c %D%/broker_parts.h \
	%D%/broker_status.c %D%/broker_status.h \
	%D%/client_port.c %D%/client_port.h \
	%D%/client_roster.c %D%/client_roster.h \
	%D%/core_feed.c %D%/core_feed.h \
	%D%/dispatch_meter.c %D%/dispatch_meter.h \
	%D%/dispatch_writer.c %D%/dispatch_writer.h \
	%D%/effect_runner.c %D%/effect_runner.h \
	%D%/feed_inquiry.c %D%/feed_inquiry.h \
	%D%/frame_publisher.c %D%/frame_publisher.h \
	%D%/instance_cells.c %D%/instance_cells.h \
	%D%/instance_port.c %D%/instance_port.h \
	%D%/heap_slack.c %D%/heap_slack.h \
	%D%/letter_desk.c %D%/letter_desk.h \
	%D%/letter_inquiry.c %D%/letter_inquiry.h \
	%D%/letter_shelf.c %D%/letter_shelf.h \
	%D%/letter_writer.c %D%/letter_writer.h \
	%D%/live_sessions.c %D%/live_sessions.h \
	%D%/malformed_tally.c %D%/malformed_tally.h \
	%D%/message_memory.c %D%/message_memory.h \
	%D%/mirror_port.c %D%/mirror_port.h \
	%D%/operator_record.c %D%/operator_record.h \
	%D%/parked_sessions.c %D%/parked_sessions.h \
	%D%/payload_buffers.c %D%/payload_buffers.h \
	%D%/process_proof.c %D%/process_proof.h \
	%D%/process_watch.c %D%/process_watch.h \
	%D%/recall.c %D%/recall.h \
	%D%/receipt_writer.c %D%/receipt_writer.h \
	%D%/refused_rounds.c %D%/refused_rounds.h \
	%D%/signal_flags.c %D%/signal_flags.h \
	%D%/session_change.c %D%/session_change.h \
	%D%/session_entry_key.c %D%/session_entry_key.h \
	%D%/storage_desk.c %D%/storage_desk.h \
	%D%/storage_job.c %D%/storage_job.h \
	%D%/storage_news.c %D%/storage_news.h \
	%D%/storage_port.c %D%/storage_port.h \
	%D%/storage_thread.c %D%/storage_thread.h \
	%D%/stored_durability.c %D%/stored_durability.h \
	%D%/stored_quotas.c %D%/stored_quotas.h \
	%D%/turn_budget.h \
	%D%/watch_port.c %D%/watch_port.h \
	%D%/watch_table.c %D%/watch_table.h \
	%D%/welcome_message.c %D%/welcome_message.h
broker_io_libbrokerio_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

bin_PROGRAMS += lq-broker
lq_broker_SOURCES = %D%/main.c
lq_broker_CFLAGS = $(AM_CFLAGS)
lq_broker_LDADD = broker/io/libbrokerio.a transport/libtransport.a broker/core/libbrokercore.a \
	pipeline/document/libpipelinedocument.a pipeline/libpipeline.a \
	store/lmdb/libstorelmdb.a store/seal/libstoreseal.a store/core/libstorecore.a \
	config/libconfig.a proto/libproto.a world/libworld.a base/libbase.a \
	$(CZMQ_LIBS) $(ZMQ_LIBS) $(LMDB_LIBS) $(SODIUM_LIBS) $(JANSSON_LIBS) $(PROTOBUF_C_LIBS) -lpthread -lm

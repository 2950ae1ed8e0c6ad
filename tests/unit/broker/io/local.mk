# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/broker/io/test_broker_io
tests_unit_broker_io_test_broker_io_SOURCES = \
	%D%/broker_io_cases.h \
	%D%/main.c \
	%D%/storage_fixture.c %D%/storage_fixture.h \
	%D%/test_answer_groups.c \
	%D%/test_broker_status.c \
	%D%/test_client_roster.c \
	%D%/test_dispatch_meter.c \
	%D%/test_feed_inquiry.c \
	%D%/test_letter_desk.c \
	%D%/test_letter_inquiry.c \
	%D%/test_live_sessions.c \
	%D%/test_mirror_port.c \
	%D%/test_parked_sessions.c \
	%D%/test_payload_buffers.c \
	%D%/test_process_proof.c \
	%D%/test_recall.c \
	%D%/test_receipt_writer.c \
	%D%/test_refused_rounds.c \
	%D%/test_session_entry_key.c \
	%D%/test_storage_job.c \
	%D%/test_storage_news.c \
	%D%/test_stored_durability.c \
	%D%/test_stored_events.c \
	%D%/test_stored_quotas.c \
	%D%/test_watch_table.c \
	%D%/test_welcome_message.c
tests_unit_broker_io_test_broker_io_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(ZMQ_CFLAGS)
tests_unit_broker_io_test_broker_io_LDADD = broker/io/libbrokerio.a transport/libtransport.a broker/core/libbrokercore.a pipeline/libpipeline.a \
	store/lmdb/libstorelmdb.a store/seal/libstoreseal.a store/core/libstorecore.a \
	config/libconfig.a proto/libproto.a world/libworld.a base/libbase.a tests/support/libtest.a \
	$(CZMQ_LIBS) $(ZMQ_LIBS) $(LMDB_LIBS) $(SODIUM_LIBS) $(JANSSON_LIBS) $(PROTOBUF_C_LIBS) \
	$(CHECK_LIBS) -lpthread -lm

# SPDX-License-Identifier: MPL-2.0
# What is below the mirror's loop, with a table in memory in the place of the gateway.
UNIT_TESTS += tests/unit/mirror/handler/test_mirror_handler
tests_unit_mirror_handler_test_mirror_handler_SOURCES = \
	mirror/handler/base_port.c \
	mirror/handler/body_pool.c \
	mirror/handler/broker_sealing.c \
	mirror/handler/expiry_port.c \
	mirror/handler/ledger_source.c \
	mirror/handler/mirror_streams.c \
	mirror/handler/partition_mark.c \
	tests/unit/store/lmdb/ledger_fixture.c tests/unit/store/lmdb/ledger_fixture.h \
	tests/unit/store/lmdb/store_folder.c tests/unit/store/lmdb/store_folder.h \
	%D%/fake_table.c %D%/fake_table.h \
	%D%/main.c \
	%D%/test_base_port.c \
	%D%/test_broker_sealing.c \
	%D%/test_expiry_port.c \
	%D%/test_mirror_streams.c \
	%D%/test_partition_mark.c \
	%D%/upkeep_fixture.c %D%/upkeep_fixture.h
tests_unit_mirror_handler_test_mirror_handler_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CHECK_CFLAGS)
tests_unit_mirror_handler_test_mirror_handler_LDADD = \
	mirror/infrastructure/libmirrorinfrastructure.a \
	mirror/domain/libmirrordomain.a \
	$(LQ_LEDGER_LIBS) \
	config/libconfig.a proto/libproto.a world/libworld.a base/libbase.a tests/support/libtest.a \
	$(LQ_LEDGER_SYSTEM_LIBS) $(PROTOBUF_C_LIBS) $(CZMQ_LIBS) $(ZMQ_LIBS) $(CHECK_LIBS) -lm

# SPDX-License-Identifier: MPL-2.0
PROPERTY_TESTS += tests/property/world_properties
tests_property_world_properties_SOURCES = \
	%D%/prop_canonical.c \
	%D%/prop_client_window_v1.c \
	%D%/prop_executed_once.c \
	%D%/prop_tick_delta.c \
	%D%/prop_ticks.c \
	%D%/random_world.c %D%/random_world.h \
	%D%/world_properties.c
tests_property_world_properties_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_property_world_properties_LDADD = $(LQ_REPLAY_LIBS) world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS) -lm
PROPERTY_TESTS += tests/property/test_ledger_model
tests_property_test_ledger_model_SOURCES = \
	%D%/test_ledger_model.c \
	tests/unit/store/lmdb/ledger_fixture.c tests/unit/store/lmdb/ledger_fixture.h \
	tests/unit/store/lmdb/store_folder.c tests/unit/store/lmdb/store_folder.h
tests_property_test_ledger_model_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_property_test_ledger_model_LDADD = store/lmdb/libstorelmdb.a store/seal/libstoreseal.a \
	store/core/libstorecore.a world/libworld.a base/libbase.a tests/support/libtest.a \
	$(LMDB_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)
PROPERTY_TESTS += tests/property/test_delta_ledger
tests_property_test_delta_ledger_SOURCES = \
	%D%/random_world.c %D%/random_world.h \
	%D%/test_delta_ledger.c \
	tests/unit/store/lmdb/delta_session.c tests/unit/store/lmdb/delta_session.h \
	tests/unit/store/lmdb/ledger_fixture.c tests/unit/store/lmdb/ledger_fixture.h \
	tests/unit/store/lmdb/store_folder.c tests/unit/store/lmdb/store_folder.h
tests_property_test_delta_ledger_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_property_test_delta_ledger_LDADD = store/lmdb/libstorelmdb.a store/seal/libstoreseal.a \
	store/core/libstorecore.a world/libworld.a base/libbase.a tests/support/libtest.a \
	$(LMDB_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS) -lm
PROPERTY_TESTS += tests/property/test_codec_mutation
tests_property_test_codec_mutation_SOURCES = %D%/test_codec_mutation.c $(proto_samples)
tests_property_test_codec_mutation_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(PROTOBUF_C_CFLAGS)
tests_property_test_codec_mutation_LDADD = proto/libproto.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(PROTOBUF_C_LIBS) $(CHECK_LIBS)
PROPERTY_TESTS += tests/property/test_broker_core_model
tests_property_test_broker_core_model_SOURCES = $(broker_core_fixture) \
	%D%/core_chaos.c %D%/core_chaos.h \
	%D%/letter_chaos.c %D%/letter_chaos.h \
	%D%/mirror_chaos.c %D%/mirror_chaos.h \
	%D%/test_broker_core_model.c
tests_property_test_broker_core_model_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_property_test_broker_core_model_LDADD = broker/core/libbrokercore.a pipeline/libpipeline.a world/libworld.a \
	base/libbase.a tests/support/libtest.a $(CHECK_LIBS)
PROPERTY_TESTS += tests/property/test_fair_queue
tests_property_test_fair_queue_SOURCES = \
	%D%/queue_simulation.c %D%/queue_simulation.h \
	%D%/test_fair_queue.c
tests_property_test_fair_queue_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_property_test_fair_queue_LDADD = broker/core/libbrokercore.a pipeline/libpipeline.a world/libworld.a \
	base/libbase.a tests/support/libtest.a $(CHECK_LIBS)
PROPERTY_TESTS += tests/property/test_mirror_log
tests_property_test_mirror_log_SOURCES = \
	%D%/rival_table.c %D%/rival_table.h \
	%D%/rival_writers.c %D%/rival_writers.h \
	%D%/test_mirror_log.c
tests_property_test_mirror_log_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_property_test_mirror_log_LDADD = mirror/domain/libmirrordomain.a store/core/libstorecore.a \
	world/libworld.a base/libbase.a tests/support/libtest.a $(CHECK_LIBS)
PROPERTY_TESTS += tests/property/test_state_text
tests_property_test_state_text_SOURCES = %D%/test_state_text.c %D%/random_world.c %D%/random_world.h
tests_property_test_state_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_property_test_state_text_LDADD = gateway/domain/libgatewaydomain.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(JANSSON_LIBS) $(CHECK_LIBS) -lm
PROPERTY_TESTS += tests/property/test_space_growth
tests_property_test_space_growth_SOURCES = %D%/test_space_growth.c
tests_property_test_space_growth_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_property_test_space_growth_LDADD = store/core/libstorecore.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS)
PROPERTY_TESTS += tests/property/test_forgetting
tests_property_test_forgetting_SOURCES = %D%/test_forgetting.c
tests_property_test_forgetting_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_property_test_forgetting_LDADD = store/core/libstorecore.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS)

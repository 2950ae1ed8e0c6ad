# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/mirror/domain/test_mirror_domain
tests_unit_mirror_domain_test_mirror_domain_SOURCES = \
	%D%/base_fixture.c %D%/base_fixture.h \
	%D%/main.c \
	%D%/segment_fixture.c %D%/segment_fixture.h \
	%D%/test_base_item.c \
	%D%/test_base_reader.c \
	%D%/test_base_schedule.c \
	%D%/test_base_slots.c \
	%D%/test_broker_outbox_event.c \
	%D%/test_cloud_event.c \
	%D%/test_event_fate.c \
	%D%/test_event_window.c \
	%D%/test_expiry_renewal.c \
	%D%/test_expiry_search.c \
	%D%/test_key_item.c \
	%D%/test_ledger_event.c \
	%D%/test_partition_item.c \
	%D%/test_segment.c \
	%D%/test_segment_expiry.c \
	%D%/test_segment_key.c \
	%D%/test_segment_packer.c \
	%D%/test_segment_reader.c \
	%D%/test_stream_log.c \
	%D%/test_stream_set.c \
	%D%/test_telling.c \
	%D%/test_write_budget.c \
	%D%/test_write_units.c
tests_unit_mirror_domain_test_mirror_domain_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_mirror_domain_test_mirror_domain_LDADD = mirror/domain/libmirrordomain.a \
	store/core/libstorecore.a world/libworld.a base/libbase.a tests/support/libtest.a $(CHECK_LIBS)

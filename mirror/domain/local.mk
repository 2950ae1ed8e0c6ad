# SPDX-License-Identifier: MPL-2.0
# mirror/domain/: PURE. Segments, the log of a stream, bases, texts of events; no socket, clock, disk, heap or randomness of its own.
noinst_LIBRARIES += mirror/domain/libmirrordomain.a
mirror_domain_libmirrordomain_a_SOURCES = \
	%D%/base_item.c %D%/base_item.h \
	%D%/base_reader.c %D%/base_reader.h \
	%D%/base_schedule.c %D%/base_schedule.h \
	%D%/base_slots.c %D%/base_slots.h \
	%D%/broker_outbox_event.c %D%/broker_outbox_event.h \
	%D%/circuit_breaker.c %D%/circuit_breaker.h \
	%D%/cloud_event.c %D%/cloud_event.h \
	%D%/event_fate.c %D%/event_fate.h \
	%D%/event_window.c %D%/event_window.h \
	%D%/expiry_search.c %D%/expiry_search.h \
	%D%/key_item.c %D%/key_item.h \
	%D%/ledger_event.c %D%/ledger_event.h \
	%D%/partition_item.c %D%/partition_item.h \
	%D%/retry_rule.c %D%/retry_rule.h \
	%D%/segment.c %D%/segment.h \
	%D%/segment_audit.c %D%/segment_audit.h \
	%D%/segment_expiry.c %D%/segment_expiry.h \
	%D%/segment_key.c %D%/segment_key.h \
	%D%/segment_packer.c %D%/segment_packer.h \
	%D%/segment_reader.c %D%/segment_reader.h \
	%D%/stream_log.c %D%/stream_log.h \
	%D%/stream_set.c %D%/stream_set.h \
	%D%/write_budget.c %D%/write_budget.h \
	%D%/write_units.c %D%/write_units.h

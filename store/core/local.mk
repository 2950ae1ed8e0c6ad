# SPDX-License-Identifier: MPL-2.0
# store/core/: PURE. Layouts, the hash chain and the commit rule; includes base/ and world/ only.
noinst_LIBRARIES += store/core/libstorecore.a
store_core_libstorecore_a_SOURCES = \
	%D%/broker_entry.c %D%/broker_entry.h \
	%D%/commit_rule.c %D%/commit_rule.h \
	%D%/content_cache.c %D%/content_cache.h \
	%D%/compaction.c %D%/compaction.h \
	%D%/content_prefix.c %D%/content_prefix.h \
	%D%/digest_sum.c %D%/digest_sum.h \
	%D%/earlier_state.c %D%/earlier_state.h \
	%D%/drop_proof.c %D%/drop_proof.h \
	%D%/hash_chain.c %D%/hash_chain.h \
	%D%/head.c %D%/head.h \
	%D%/ledger_key.c %D%/ledger_key.h \
	%D%/map_growth.c %D%/map_growth.h \
	%D%/outbox_entry.c %D%/outbox_entry.h \
	%D%/outbox_note.c %D%/outbox_note.h \
	%D%/partition_state.c %D%/partition_state.h \
	%D%/record.c %D%/record.h \
	%D%/retention.c %D%/retention.h \
	%D%/space_forecast.c %D%/space_forecast.h \
	%D%/space_history.c %D%/space_history.h \
	%D%/wall_guard.c %D%/wall_guard.h

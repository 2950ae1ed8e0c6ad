# SPDX-License-Identifier: MPL-2.0
# examples/: programs that users start from.
bin_PROGRAMS += lq-stage-score
lq_stage_score_SOURCES = %D%/stage_in_c/main.c
lq_stage_score_CPPFLAGS = -D_GNU_SOURCE -I$(top_builddir)/library/include
lq_stage_score_LDADD = library/liblqstage.a $(LQ_ACTOR_SYSTEM_LIBS)
noinst_PROGRAMS += %D%/client_in_c/lq-players
examples_client_in_c_lq_players_SOURCES = %D%/client_in_c/main.c
examples_client_in_c_lq_players_CPPFLAGS = $(lq_stage_score_CPPFLAGS)
examples_client_in_c_lq_players_LDADD = library/liblqclient.a $(LQ_CLIENT_SYSTEM_LIBS)
EXTRA_DIST += \
	%D%/client_in_c/Makefile \
	%D%/client_in_c/README.md \
	%D%/stage_in_c/Makefile \
	%D%/stage_in_c/README.md \
	%D%/stage_in_c/with_score.asl.json \
	%D%/stage_in_c/with_score.policy.json \
	%D%/stage_in_python/README.md \
	%D%/stage_in_python/score.py \
	%D%/stage_in_python/with_score.asl.json \
	%D%/stage_in_python/with_score.policy.json
EXTRA_DIST += \
	%D%/verify_in_python/README.md \
	%D%/verify_in_python/broker_entries.py \
	%D%/verify_in_python/dropped_fronts.py \
	%D%/verify_in_python/event_queue.py \
	%D%/verify_in_python/item_units.py \
	%D%/verify_in_python/ledger_checks.py \
	%D%/verify_in_python/ledger_content.py \
	%D%/verify_in_python/ledger_entries.py \
	%D%/verify_in_python/ledger_partition.py \
	%D%/verify_in_python/record_content.py \
	%D%/verify_in_python/table_bases.py \
	%D%/verify_in_python/table_reader.py \
	%D%/verify_in_python/tick_delta.py \
	%D%/verify_in_python/verify_ledger.py \
	%D%/verify_in_python/verify_table.py \
	%D%/verify_in_python/watched_child.py \
	%D%/verify_in_python/world_columns.py \
	%D%/verify_in_python/world_delta.py

# SPDX-License-Identifier: MPL-2.0
# bench/: lq-bench, load on a running cluster and what it costs; lq-limit, what transport and disk alone
# would allow; run, both in turn; lq-flood, a tenant that does not listen. Programs, so nothing here is used elsewhere.
noinst_LIBRARIES += bench/libbench.a
bench_libbench_a_SOURCES = \
	%D%/command_line.c %D%/command_line.h \
	%D%/process_usage.c %D%/process_usage.h

bin_PROGRAMS += lq-bench
lq_bench_SOURCES = \
	%D%/bench_options.c %D%/bench_options.h \
	%D%/bench_report.c %D%/bench_report.h \
	%D%/bench_sample.c %D%/bench_sample.h \
	%D%/bench_sender.c %D%/bench_sender.h \
	%D%/bench_wake.c %D%/bench_wake.h \
	%D%/main.c
lq_bench_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
lq_bench_LDADD = \
	bench/libbench.a \
	examples/arena/libarena.a \
	client/libclient.a transport/libtransport.a \
	config/libconfig.a \
	proto/libproto.a \
	world/libworld.a \
	base/libbase.a \
	$(JANSSON_LIBS) $(PROTOBUF_C_LIBS) $(CZMQ_LIBS) $(ZMQ_LIBS)

bin_PROGRAMS += lq-limit
lq_limit_SOURCES = \
	%D%/limit_broker.c \
	%D%/limit_client.c %D%/limit_client.h \
	%D%/limit_main.c \
	%D%/limit_plan.c %D%/limit_plan.h \
	%D%/limit_report.c %D%/limit_report.h \
	%D%/limit_spawn.c %D%/limit_spawn.h \
	%D%/limit_stage.c \
	%D%/limit_store.c %D%/limit_store.h
lq_limit_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(ZMQ_CFLAGS) $(LMDB_CFLAGS)
lq_limit_LDADD = bench/libbench.a client/libclient.a transport/libtransport.a base/libbase.a \
	$(JANSSON_LIBS) $(ZMQ_LIBS) $(LMDB_LIBS)

bin_PROGRAMS += lq-flood
lq_flood_SOURCES = \
	%D%/flood_main.c \
	%D%/flood_options.c %D%/flood_options.h \
	%D%/flood_sender.c %D%/flood_sender.h \
	%D%/flood_tally.c %D%/flood_tally.h
lq_flood_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
lq_flood_LDADD = $(lq_bench_LDADD)

# The players of bench/gateway: not installed.
noinst_PROGRAMS += bench/lq-players
bench_lq_players_SOURCES = \
	%D%/bench_player.c %D%/bench_player.h \
	%D%/player_socket.c %D%/player_socket.h \
	%D%/players_main.c \
	%D%/players_options.c %D%/players_options.h
bench_lq_players_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
bench_lq_players_LDADD = bench/libbench.a base/libbase.a $(JANSSON_LIBS)

noinst_PROGRAMS += bench/transport_calls
bench_transport_calls_SOURCES = %D%/transport_calls.c
bench_transport_calls_CFLAGS = $(AM_CFLAGS) $(CZMQ_CFLAGS) $(ZMQ_CFLAGS)
bench_transport_calls_LDADD = base/libbase.a $(CZMQ_LIBS) $(ZMQ_LIBS) -lpthread

# load's own handler under READs: not installed.
noinst_PROGRAMS += bench/read_wait
bench_read_wait_SOURCES = \
	actors/load/frame_events.c actors/load/load_feed.c actors/load/load_handler.c actors/load/load_query.c actors/load/load_read.c \
	%D%/read_ledger.c %D%/read_ledger.h \
	%D%/read_wait.c
bench_read_wait_CPPFLAGS = $(lq_load_CPPFLAGS)
bench_read_wait_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
bench_read_wait_LDADD = bench/libbench.a $(LQ_LEDGER_STAGE_LIBS) $(JANSSON_LIBS)

noinst_PROGRAMS += bench/delta_sizes
bench_delta_sizes_SOURCES = %D%/delta_sizes.c
bench_delta_sizes_LDADD = bench/libbench.a examples/arena/libarena.a $(LQ_REPLAY_LIBS) \
	world/libworld.a base/libbase.a -lm

# A stage that misbehaves by command, for noisy alone: not installed.
noinst_PROGRAMS += bench/lq-unruly
bench_lq_unruly_SOURCES = \
	%D%/unruly_order.c %D%/unruly_order.h \
	%D%/unruly_stage.c
bench_lq_unruly_LDADD = $(LQ_ACTOR_LIBS) $(LQ_ACTOR_SYSTEM_LIBS)

dist_man_MANS += docs/man/lq-bench.1
EXTRA_DIST += %D%/cluster_processes.py %D%/compare %D%/connections %D%/disk_probe.py %D%/dormant %D%/gateway %D%/growth %D%/item_price.py %D%/memory \
	%D%/mirror_cost %D%/mirror_load %D%/mirrored_bench.py \
	%D%/noisy %D%/noisy_evils.py %D%/noisy_load.py %D%/noisy_parts.py %D%/noisy_targets.py \
	%D%/ratio_interval.py %D%/refusal %D%/run %D%/warm_memory.py docs/performance.md

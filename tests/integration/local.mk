# SPDX-License-Identifier: MPL-2.0
# Single actors with a broker played by the test (fake_broker.py), and whole clusters (cluster.py,
# wire_client.py). ops/check runs every executable test_*.
# The mirror's gateways, driven by a script.
noinst_PROGRAMS += tests/integration/lq-mirror-probe
tests_integration_lq_mirror_probe_SOURCES = %D%/mirror_probe.c
tests_integration_lq_mirror_probe_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
tests_integration_lq_mirror_probe_LDADD = $(LQ_MIRROR_INFRASTRUCTURE_LIBS) \
	$(LQ_MIRROR_INFRASTRUCTURE_SYSTEM_LIBS)
EXTRA_DIST += \
	%D%/broker_store_reader.py \
	%D%/chaos \
	%D%/cloud_cluster.py \
	%D%/cloud_loss \
	%D%/cluster.py \
	%D%/doubles \
	%D%/dynamodb_suite.py \
	%D%/fake_broker.py \
	%D%/fault_proxy.py \
	%D%/freezing.py \
	%D%/frozen \
	%D%/gateway_cluster.py \
	%D%/hostile \
	%D%/hostile_peers.py \
	%D%/hostile_siege.py \
	%D%/mirror_fault_rows.py \
	%D%/mirror_faults \
	%D%/mirror_kill \
	%D%/loss_storm.py \
	%D%/mirror_probe.py \
	%D%/mirror_storm.py \
	%D%/mirrored_switches \
	%D%/outside_build.py \
	%D%/quota_kills \
	%D%/quota_storm.py \
	%D%/request_tally.py \
	%D%/rival_mirrors.py \
	%D%/service_doubles.py \
	%D%/signature_capture.py \
	%D%/signatures \
	%D%/storm.py \
	%D%/storm_judge.py \
	%D%/storm_load.py \
	%D%/switched_programs.py \
	%D%/tamper \
	%D%/tamper_changes.py \
	%D%/tamper_files.py \
	%D%/tamper_judge.py \
	%D%/tamper_run.py \
	%D%/tamper_state.py \
	%D%/tamper_store.py \
	%D%/tamper_tables.py \
	%D%/test_actor_runtime.py \
	%D%/test_actor_stages.py \
	%D%/test_broker_mirror.py \
	%D%/test_bases.py \
	%D%/test_broker_restart.py \
	%D%/test_client_library.py \
	%D%/test_clock.py \
	%D%/test_cloud_loss.py \
	%D%/test_crowd.py \
	%D%/test_dead_letters.py \
	%D%/test_dynamodb_gateway_dynalite.py \
	%D%/test_dynamodb_gateway_ministack.py \
	%D%/test_dynamodb_gateway_moto.py \
	%D%/test_events.py \
	%D%/test_feed.py \
	%D%/test_fences.py \
	%D%/test_first_up.sh \
	%D%/test_first_world.py \
	%D%/test_flood.py \
	%D%/test_folder_names.sh \
	%D%/test_frozen.py \
	%D%/test_fuzz_corpus.sh \
	%D%/test_gateway_edge.py \
	%D%/test_gateway_tokens.py \
	%D%/test_gateway_faults.py \
	%D%/test_held_store.py \
	%D%/test_incarnations.py \
	%D%/test_gateway_players.py \
	%D%/test_hostile.py \
	%D%/test_kill.py \
	%D%/test_late_mirror.py \
	%D%/test_logs.sh \
	%D%/test_lqctl_letters.py \
	%D%/test_lqctl_messages.py \
	%D%/test_lqctl_usage.sh \
	%D%/test_map_growth.py \
	%D%/test_mirror.py \
	%D%/test_mirrored_receipts.py \
	%D%/test_mirror_credentials.py \
	%D%/test_mirror_faults.py \
	%D%/test_outside_build.py \
	%D%/test_pids.py \
	%D%/test_poison.py \
	%D%/test_proxy.py \
	%D%/test_quota.py \
	%D%/test_readers.py \
	%D%/test_reading.py \
	%D%/test_restore.py \
	%D%/test_scale.py \
	%D%/test_shred.py \
	%D%/test_signals.py \
	%D%/test_signatures.py \
	%D%/test_standard_output.py \
	%D%/test_stop_without_room.sh \
	%D%/test_store_full.py \
	%D%/test_submit.py \
	%D%/test_supervised_mirror.py \
	%D%/test_tamper.py \
	%D%/test_tenant_load.py \
	%D%/test_two_writers.py \
	%D%/test_user_stages.py \
	%D%/test_verify_table.py \
	%D%/test_watch.py \
	%D%/two_writers \
	%D%/unruly_load.py \
	%D%/wire_client.py

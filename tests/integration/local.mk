# SPDX-License-Identifier: MPL-2.0
# Single actors with a broker played by the test (fake_broker.py), and whole clusters (cluster.py,
# wire_client.py). ops/check runs every executable test_*.
EXTRA_DIST += \
	%D%/chaos \
	%D%/cluster.py \
	%D%/fake_broker.py \
	%D%/storm.py \
	%D%/storm_judge.py \
	%D%/test_actor_runtime.py \
	%D%/test_actor_stages.py \
	%D%/test_broker_restart.py \
	%D%/test_client_library.py \
	%D%/test_clock.py \
	%D%/test_dead_letters.py \
	%D%/test_fences.py \
	%D%/test_fuzz_corpus.sh \
	%D%/test_held_store.py \
	%D%/test_hostile.py \
	%D%/test_kill.py \
	%D%/test_lqctl_letters.py \
	%D%/test_lqctl_messages.py \
	%D%/test_lqctl_usage.sh \
	%D%/test_poison.py \
	%D%/test_proxy.py \
	%D%/test_scale.py \
	%D%/test_standard_output.py \
	%D%/test_store_full.py \
	%D%/test_submit.py \
	%D%/test_user_stages.py \
	%D%/test_watch.py \
	%D%/unruly_load.py \
	%D%/wire_client.py

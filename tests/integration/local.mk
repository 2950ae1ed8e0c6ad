# SPDX-License-Identifier: MPL-2.0
# Single actors with a broker played by the test.
EXTRA_DIST += \
	%D%/fake_broker.py \
	%D%/test_actor_runtime.py \
	%D%/test_actor_stages.py

# lqctl alone, and the client library with a broker played by the test.
EXTRA_DIST += \
	%D%/test_client_library.py \
	%D%/test_lqctl_usage.sh

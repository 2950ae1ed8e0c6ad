# SPDX-License-Identifier: MPL-2.0
# The gateway against what outside knows of its protocols.
noinst_PROGRAMS += tests/gateway/lq-echo-server tests/gateway/lq-token-probe
tests_gateway_lq_echo_server_SOURCES = %D%/echo_server.c
tests_gateway_lq_echo_server_LDADD = $(LQ_GATEWAY_INFRASTRUCTURE_LIBS) \
	$(LQ_GATEWAY_INFRASTRUCTURE_SYSTEM_LIBS)
tests_gateway_lq_token_probe_SOURCES = %D%/token_probe.c
tests_gateway_lq_token_probe_LDADD = $(LQ_GATEWAY_INFRASTRUCTURE_LIBS) \
	$(LQ_GATEWAY_INFRASTRUCTURE_SYSTEM_LIBS)
EXTRA_DIST += \
	%D%/chaos \
	%D%/tenants \
	%D%/conformance \
	%D%/deserted \
	%D%/echo_process.py \
	%D%/edge_cases.py \
	%D%/jose \
	%D%/kosoku.txt \
	%D%/reloads \
	%D%/tokens

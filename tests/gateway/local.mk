# SPDX-License-Identifier: MPL-2.0
# The gateway against what outside knows of its protocols.
noinst_PROGRAMS += tests/gateway/lq-echo-server
tests_gateway_lq_echo_server_SOURCES = %D%/echo_server.c
tests_gateway_lq_echo_server_LDADD = $(LQ_GATEWAY_INFRASTRUCTURE_LIBS) \
	$(LQ_GATEWAY_INFRASTRUCTURE_SYSTEM_LIBS)

# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/gateway/infrastructure/test_gateway_infrastructure
tests_unit_gateway_infrastructure_test_gateway_infrastructure_SOURCES = \
	%D%/main.c \
	%D%/test_rules_file.c \
	%D%/test_message_reader.c \
	%D%/test_attendance.c \
	%D%/test_event_loop.c \
	%D%/test_port_claim.c \
	%D%/test_sign_in.c \
	%D%/test_static_files.c \
	%D%/test_token_document.c \
	%D%/test_token_signature.c \
	%D%/test_websocket_link.c
tests_unit_gateway_infrastructure_test_gateway_infrastructure_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_gateway_infrastructure_test_gateway_infrastructure_LDADD = $(LQ_GATEWAY_INFRASTRUCTURE_LIBS) \
	tests/support/libtest.a $(LQ_GATEWAY_INFRASTRUCTURE_SYSTEM_LIBS) $(CHECK_LIBS)

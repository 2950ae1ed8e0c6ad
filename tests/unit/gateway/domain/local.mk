# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/gateway/domain/test_gateway_domain
tests_unit_gateway_domain_test_gateway_domain_SOURCES = \
	%D%/main.c \
	%D%/test_snapshot_ring.c \
	%D%/test_request_credential.c \
	%D%/test_resume_token.c \
	%D%/test_player_message_document.c \
	%D%/test_player_rules.c \
	%D%/test_player_connection.c \
	%D%/test_message_text.c \
	%D%/test_address_count.c \
	%D%/test_base64url.c \
	%D%/test_compact_jws.c \
	%D%/test_deadline_wheel.c \
	%D%/test_http_answer.c \
	%D%/test_http_reader.c \
	%D%/test_http_request.c \
	%D%/test_leave_incarnation.c \
	%D%/test_token_claims.c \
	%D%/test_utf8_check.c \
	%D%/test_websocket_message.c
tests_unit_gateway_domain_test_gateway_domain_CPPFLAGS = $(AM_CPPFLAGS) \
	-DLQ_PROTOCOL_DOCUMENT='"$(abs_top_srcdir)/docs/gateway-protocol.md"'
tests_unit_gateway_domain_test_gateway_domain_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_gateway_domain_test_gateway_domain_LDADD = gateway/domain/libgatewaydomain.a \
	world/libworld.a base/libbase.a tests/support/libtest.a $(CHECK_LIBS)

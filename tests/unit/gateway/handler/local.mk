# SPDX-License-Identifier: MPL-2.0
# What players and the gateway say to each other; the pure parts of it are in gateway/domain/.
UNIT_TESTS += tests/unit/gateway/handler/test_gateway_handler
tests_unit_gateway_handler_test_gateway_handler_SOURCES = \
	%D%/gateway_cases.h \
	%D%/main.c \
	%D%/test_attendance.c \
	%D%/test_message_reader.c \
	%D%/test_message_text.c \
	%D%/test_player_connection.c \
	%D%/test_player_rules.c \
	%D%/test_protocol_document.c \
	%D%/test_resume_token.c \
	%D%/test_rules_file.c \
	%D%/test_snapshot_ring.c
tests_unit_gateway_handler_test_gateway_handler_CPPFLAGS = $(AM_CPPFLAGS) \
	-DLQ_PROTOCOL_DOCUMENT='"$(abs_top_srcdir)/docs/gateway-protocol.md"'
tests_unit_gateway_handler_test_gateway_handler_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_gateway_handler_test_gateway_handler_LDADD = \
	gateway/handler/libgatewaytexts.a gateway/domain/libgatewaydomain.a \
	world/libworld.a base/libbase.a tests/support/libtest.a $(JANSSON_LIBS) $(CHECK_LIBS) -lm

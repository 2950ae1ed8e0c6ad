# SPDX-License-Identifier: MPL-2.0
# The desk between a server, feeds and a link that are the fixture's.
UNIT_TESTS += tests/unit/gateway/handler/test_gateway_handler
tests_unit_gateway_handler_test_gateway_handler_SOURCES = \
	gateway/handler/departures.c gateway/handler/player_desk.c \
	gateway/handler/player_opening.c gateway/handler/state_sender.c \
	%D%/main.c \
	%D%/desk_edges.c \
	%D%/desk_fixture.c %D%/desk_fixture.h \
	%D%/test_departures.c \
	%D%/test_player_desk.c
tests_unit_gateway_handler_test_gateway_handler_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_gateway_handler_test_gateway_handler_LDADD = $(LQ_GATEWAY_INFRASTRUCTURE_LIBS) \
	tests/support/libtest.a $(LQ_GATEWAY_INFRASTRUCTURE_SYSTEM_LIBS) $(CHECK_LIBS)

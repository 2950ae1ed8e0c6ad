# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/transport/test_transport
tests_unit_transport_test_transport_SOURCES = \
	%D%/main.c \
	%D%/test_accept_gate.c \
	%D%/test_dealer_socket.c \
	%D%/test_endpoint.c \
	%D%/test_key_guard.c \
	%D%/test_peer_table.c \
	%D%/test_piped_thread.c \
	%D%/test_poll_set.c \
	%D%/test_processor_turns.c \
	%D%/test_router_socket.c \
	%D%/transport_cases.h
tests_unit_transport_test_transport_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(ZMQ_CFLAGS)
tests_unit_transport_test_transport_LDADD = transport/libtransport.a proto/libproto.a world/libworld.a \
	base/libbase.a tests/support/libtest.a $(CZMQ_LIBS) $(ZMQ_LIBS) $(PROTOBUF_C_LIBS) $(CHECK_LIBS) -lpthread -lm

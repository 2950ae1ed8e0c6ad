# SPDX-License-Identifier: MPL-2.0
# transport/: ZeroMQ. Every socket of the engine is made here, for the broker, the client library and the
# actors' runtime.
noinst_LIBRARIES += transport/libtransport.a
transport_libtransport_a_SOURCES = \
	%D%/accept_gate.c %D%/accept_gate.h \
	%D%/peer_table.c %D%/peer_table.h \
	%D%/router_socket.c %D%/router_socket.h \
	%D%/send_quota.c %D%/send_quota.h
transport_libtransport_a_CFLAGS = $(AM_CFLAGS) $(ZMQ_CFLAGS)

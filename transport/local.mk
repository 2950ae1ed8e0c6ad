# SPDX-License-Identifier: MPL-2.0
# transport/: ZeroMQ. Every socket of the engine is made here, for the broker, the client library and the
# actors' runtime.
noinst_LIBRARIES += transport/libtransport.a
transport_libtransport_a_SOURCES = \
	%D%/accept_gate.c %D%/accept_gate.h \
	%D%/connection_mark.c %D%/connection_mark.h \
	%D%/curve_keys.c %D%/curve_keys.h \
	%D%/czmq_state.c %D%/czmq_state.h \
	%D%/dealer_socket.c %D%/dealer_socket.h \
	%D%/endpoint.c %D%/endpoint.h \
	%D%/handshake_monitor.c %D%/handshake_monitor.h \
	%D%/key_guard.c %D%/key_guard.h \
	%D%/message_part.c %D%/message_part.h \
	%D%/peer_table.c %D%/peer_table.h \
	%D%/piped_thread.c %D%/piped_thread.h \
	%D%/poll_set.c %D%/poll_set.h \
	%D%/processor_turns.c %D%/processor_turns.h \
	%D%/router_socket.c %D%/router_socket.h \
	%D%/send_quota.c %D%/send_quota.h \
	%D%/socket_options.c %D%/socket_options.h \
	%D%/version_answer.c %D%/version_answer.h
transport_libtransport_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS) $(CZMQ_CFLAGS) $(ZMQ_CFLAGS)

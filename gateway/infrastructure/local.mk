# SPDX-License-Identifier: MPL-2.0
# gateway/infrastructure/: the gateway's sockets, TLS, WebSocket frames; keys, tickets and files of sign-in.
noinst_LIBRARIES += gateway/infrastructure/libgatewayinfrastructure.a
gateway_infrastructure_libgatewayinfrastructure_a_SOURCES = \
	%D%/attendance.c %D%/attendance.h \
	%D%/byte_stream.c %D%/byte_stream.h \
	%D%/event_loop.c %D%/event_loop.h \
	%D%/gateway_connection.c %D%/gateway_connection.h \
	%D%/gateway_listener.c %D%/gateway_listener.h \
	%D%/gateway_options.c %D%/gateway_options.h \
	%D%/gateway_server.c %D%/gateway_server.h \
	%D%/http_routes.c %D%/http_routes.h \
	%D%/listening_socket.c %D%/listening_socket.h \
	%D%/message_reader.c %D%/message_reader.h \
	%D%/output_queue.c %D%/output_queue.h \
	%D%/port_claim.c %D%/port_claim.h \
	%D%/port_holder.c %D%/port_holder.h \
	%D%/private_file.c %D%/private_file.h \
	%D%/rules_file.c %D%/rules_file.h \
	%D%/sign_in.c %D%/sign_in.h \
	%D%/static_files.c %D%/static_files.h \
	%D%/tenant_keys.c %D%/tenant_keys.h \
	%D%/ticket_store.c %D%/ticket_store.h \
	%D%/tls_context.c %D%/tls_context.h \
	%D%/token_document.c %D%/token_document.h \
	%D%/token_signature.c %D%/token_signature.h \
	%D%/websocket_accept.c %D%/websocket_accept.h \
	%D%/websocket_link.c %D%/websocket_link.h
gateway_infrastructure_libgatewayinfrastructure_a_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS) \
	$(SODIUM_CFLAGS) $(JANSSON_CFLAGS)

# What links with it, and what of the system.
LQ_GATEWAY_INFRASTRUCTURE_LIBS = \
	gateway/infrastructure/libgatewayinfrastructure.a \
	gateway/domain/libgatewaydomain.a \
	store/seal/libstoreseal.a store/core/libstorecore.a \
	world/libworld.a base/libbase.a
LQ_GATEWAY_INFRASTRUCTURE_SYSTEM_LIBS = $(WSLAY_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS) $(JANSSON_LIBS) -lm

# SPDX-License-Identifier: MPL-2.0
# gateway/: lq-gateway, players over WebSocket. What it decides is in domain/, sockets, TLS and sign-in in
# infrastructure/, the loop between connections and the cluster in handler/.
bin_PROGRAMS += lq-gateway
lq_gateway_SOURCES = \
	%D%/main.c \
	%D%/handler/departures.c \
	%D%/handler/feed_history.c %D%/handler/feed_history.h \
	%D%/handler/feed_table.c %D%/handler/feed_table.h \
	%D%/handler/gateway_config.c %D%/handler/gateway_config.h \
	%D%/handler/gateway_loop.c %D%/handler/gateway_loop.h \
	%D%/handler/player_desk.c %D%/handler/player_desk.h \
	%D%/handler/player_opening.c \
	%D%/handler/session_feed.c %D%/handler/session_feed.h \
	%D%/handler/state_sender.c
lq_gateway_CPPFLAGS = $(AM_CPPFLAGS) -DLQ_GATEWAY_STATIC_DIR='"$(pkgdatadir)/web"'
lq_gateway_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
lq_gateway_LDADD = \
	client/libclient.a transport/libtransport.a config/libconfig.a proto/libproto.a \
	$(LQ_GATEWAY_INFRASTRUCTURE_LIBS) \
	$(LQ_GATEWAY_INFRASTRUCTURE_SYSTEM_LIBS) $(PROTOBUF_C_LIBS) $(CZMQ_LIBS) $(ZMQ_LIBS)

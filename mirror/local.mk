# SPDX-License-Identifier: MPL-2.0
# mirror/: lq-mirror, a second copy of the ledger in the cloud. What it decides is in domain/, the
# services it speaks to in infrastructure/, the loop between both and the ledger in handler/.
bin_PROGRAMS += lq-mirror
lq_mirror_SOURCES = \
	%D%/main.c \
	%D%/handler/base_port.c %D%/handler/base_port.h \
	%D%/handler/body_pool.c %D%/handler/body_pool.h \
	%D%/handler/broker_events.c %D%/handler/broker_events.h \
	%D%/handler/broker_sealing.c %D%/handler/broker_sealing.h \
	%D%/handler/broker_source.c %D%/handler/broker_source.h \
	%D%/handler/broker_watch.c %D%/handler/broker_watch.h \
	%D%/handler/bus_lane.c %D%/handler/bus_lane.h \
	%D%/handler/bus_port.c %D%/handler/bus_port.h \
	%D%/handler/commit_watch.c %D%/handler/commit_watch.h \
	%D%/handler/cursor_keeper.c %D%/handler/cursor_keeper.h \
	%D%/handler/event_audit.c %D%/handler/event_audit.h \
	%D%/handler/event_feed.c %D%/handler/event_feed.h \
	%D%/handler/event_source.c %D%/handler/event_source.h \
	%D%/handler/expiry_port.c %D%/handler/expiry_port.h \
	%D%/handler/feed_note.c %D%/handler/feed_note.h \
	%D%/handler/ledger_source.c %D%/handler/ledger_source.h \
	%D%/handler/mirror_loop.c %D%/handler/mirror_loop.h \
	%D%/handler/mirror_streams.c %D%/handler/mirror_streams.h \
	%D%/handler/notes_again.c %D%/handler/notes_again.h \
	%D%/handler/partition_mark.c %D%/handler/partition_mark.h \
	%D%/handler/progress_report.c %D%/handler/progress_report.h \
	%D%/handler/publisher.c %D%/handler/publisher.h \
	%D%/handler/table_port.c %D%/handler/table_port.h \
	%D%/handler/table_tag.h \
	%D%/handler/telling_port.c %D%/handler/telling_port.h \
	%D%/handler/upkeep.c %D%/handler/upkeep.h
lq_mirror_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
lq_mirror_LDADD = \
	mirror/handler/libmirrorconfig.a \
	mirror/infrastructure/libmirrorinfrastructure.a \
	mirror/domain/libmirrordomain.a \
	client/libclient.a transport/libtransport.a \
	$(LQ_LEDGER_LIBS) \
	config/libconfig.a proto/libproto.a world/libworld.a base/libbase.a \
	$(LQ_MIRROR_INFRASTRUCTURE_SYSTEM_LIBS) $(LQ_LEDGER_SYSTEM_LIBS) $(PROTOBUF_C_LIBS) \
	$(CZMQ_LIBS) $(ZMQ_LIBS) -lm

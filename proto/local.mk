# SPDX-License-Identifier: MPL-2.0
# proto/: the wire. Schema, framing, limits and codecs; the only place that sees generated structs.
# protoc-c writes them into the build tree; they are not distributed.
noinst_LIBRARIES += proto/libproto.a

proto_schema = \
	%D%/ledgerquest/v1/actor.proto \
	%D%/ledgerquest/v1/client.proto \
	%D%/ledgerquest/v1/tick.proto
proto_generated_headers = \
	%D%/ledgerquest/v1/actor.pb-c.h \
	%D%/ledgerquest/v1/client.pb-c.h \
	%D%/ledgerquest/v1/tick.pb-c.h
proto_generated_sources = \
	%D%/ledgerquest/v1/actor.pb-c.c \
	%D%/ledgerquest/v1/client.pb-c.c \
	%D%/ledgerquest/v1/tick.pb-c.c

proto_libproto_a_SOURCES = \
	%D%/actor_codec.c %D%/actor_codec.h \
	%D%/actor_counts.h \
	%D%/admin_codec.c %D%/admin_codec.h \
	%D%/client_codec.c %D%/client_codec.h \
	%D%/command_codec.c \
	%D%/counts_codec.c %D%/counts_codec.h \
	%D%/dispatch_codec.c \
	%D%/durability.h \
	%D%/event_codec.c %D%/event_codec.h \
	%D%/feed_codec.c %D%/feed_codec.h \
	%D%/framing.c %D%/framing.h \
	%D%/instance_cell.h \
	%D%/letter_codec.c %D%/letter_codec.h \
	%D%/load_codec.c %D%/load_codec.h \
	%D%/mirror_codec.c %D%/mirror_codec.h \
	%D%/mirror_report.h \
	%D%/play_codec.c %D%/play_codec.h \
	%D%/quota.c %D%/quota.h \
	%D%/quota_codec.c %D%/quota_codec.h \
	%D%/reading.h \
	%D%/reading_codec.c %D%/reading_codec.h \
	%D%/result_codec.c \
	%D%/schema_enum.h \
	%D%/session_life.h \
	%D%/session_life_codec.c %D%/session_life_codec.h \
	%D%/status_codec.c %D%/status_codec.h \
	%D%/tick_codec.c %D%/tick_codec.h \
	%D%/tick_request_codec.c \
	%D%/wire_cursor.h \
	%D%/wire_in.h \
	%D%/wire_limits.c %D%/wire_limits.h \
	%D%/wire_out.c %D%/wire_out.h \
	%D%/wire_text.c %D%/wire_text.h \
	%D%/wire_varint.h \
	%D%/world_codec.c %D%/world_codec.h
nodist_proto_libproto_a_SOURCES = $(proto_generated_sources) $(proto_generated_headers)
proto_libproto_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS) $(PROTOBUF_C_CFLAGS)
EXTRA_DIST += $(proto_schema) docs/protocol.md
BUILT_SOURCES += $(proto_generated_headers)
CLEANFILES += $(proto_generated_headers) $(proto_generated_sources)

%D%/ledgerquest/v1/actor.pb-c.c: %D%/ledgerquest/v1/actor.proto %D%/ledgerquest/v1/tick.proto
	$(AM_V_GEN)$(MKDIR_P) %D%/ledgerquest/v1 && \
	$(PROTOC_C) --proto_path=$(srcdir)/%D% --c_out=%D% $(srcdir)/%D%/ledgerquest/v1/actor.proto
%D%/ledgerquest/v1/client.pb-c.c: %D%/ledgerquest/v1/client.proto %D%/ledgerquest/v1/actor.proto %D%/ledgerquest/v1/tick.proto
	$(AM_V_GEN)$(MKDIR_P) %D%/ledgerquest/v1 && \
	$(PROTOC_C) --proto_path=$(srcdir)/%D% --c_out=%D% $(srcdir)/%D%/ledgerquest/v1/client.proto
%D%/ledgerquest/v1/tick.pb-c.c: %D%/ledgerquest/v1/tick.proto
	$(AM_V_GEN)$(MKDIR_P) %D%/ledgerquest/v1 && \
	$(PROTOC_C) --proto_path=$(srcdir)/%D% --c_out=%D% $(srcdir)/%D%/ledgerquest/v1/tick.proto

# A header comes with its source; it is made again if only the header was deleted.
%D%/ledgerquest/v1/actor.pb-c.h: %D%/ledgerquest/v1/actor.pb-c.c
	@test -f $@ || { rm -f $<; $(MAKE) $(AM_MAKEFLAGS) $<; }
%D%/ledgerquest/v1/client.pb-c.h: %D%/ledgerquest/v1/client.pb-c.c
	@test -f $@ || { rm -f $<; $(MAKE) $(AM_MAKEFLAGS) $<; }
%D%/ledgerquest/v1/tick.pb-c.h: %D%/ledgerquest/v1/tick.pb-c.c
	@test -f $@ || { rm -f $<; $(MAKE) $(AM_MAKEFLAGS) $<; }

$(proto_libproto_a_OBJECTS): $(proto_generated_headers)

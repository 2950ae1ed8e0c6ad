# SPDX-License-Identifier: MPL-2.0
# cli/: lqctl, the operator's command line; everything but main() is a library for its tests.
noinst_LIBRARIES += cli/libcli.a
cli_libcli_a_SOURCES = \
	%D%/broker_call.c %D%/broker_call.h \
	%D%/broker_probe.c %D%/broker_probe.h \
	%D%/client_state.c %D%/client_state.h \
	%D%/cloud_verification.c %D%/cloud_verification.h \
	%D%/command_fields.c %D%/command_fields.h \
	%D%/command_finding.c %D%/command_finding.h \
	%D%/command_help.c %D%/command_help.h \
	%D%/command_show.c \
	%D%/command_table.c %D%/command_table.h \
	%D%/commands.h \
	%D%/difference_text.c %D%/difference_text.h \
	%D%/durable_file.c %D%/durable_file.h \
	%D%/durability_change.c \
	%D%/durability_text.c %D%/durability_text.h \
	%D%/exit_code.h \
	%D%/export_reader.c %D%/export_reader.h \
	%D%/export_replay.c %D%/export_replay.h \
	%D%/feed_command.c \
	%D%/feed_entry.c %D%/feed_entry.h \
	%D%/feed_read.c \
	%D%/finding_text.c %D%/finding_text.h \
	%D%/frame_read.c %D%/frame_read.h \
	%D%/frame_replay.c %D%/frame_replay.h \
	%D%/frame_text.c %D%/frame_text.h \
	%D%/help_command.c \
	%D%/interrupt.c %D%/interrupt.h \
	%D%/invocation.c %D%/invocation.h \
	%D%/json_output.c %D%/json_output.h \
	%D%/known_names.c %D%/known_names.h \
	%D%/ledger_walk.c %D%/ledger_walk.h \
	%D%/letter_change.c \
	%D%/letter_command.c \
	%D%/letter_drain.c \
	%D%/letter_input.c %D%/letter_input.h \
	%D%/letter_selection.c %D%/letter_selection.h \
	%D%/letter_text.c %D%/letter_text.h \
	%D%/line_reader.c %D%/line_reader.h \
	%D%/mirror_command.c \
	%D%/mirror_delay.c %D%/mirror_delay.h \
	%D%/mirrored_table.c %D%/mirrored_table.h \
	%D%/name_pages.c %D%/name_pages.h \
	%D%/partition_space.c %D%/partition_space.h \
	%D%/quota_show.c \
	%D%/quota_change.c \
	%D%/replay_command.c \
	%D%/restore_command.c \
	%D%/session_command.c \
	%D%/session_create.c \
	%D%/session_diff.c \
	%D%/session_end.c %D%/session_end.h \
	%D%/session_export.c \
	%D%/session_history.c \
	%D%/session_life_command.c \
	%D%/session_life_text.c %D%/session_life_text.h \
	%D%/session_rate.c %D%/session_rate.h \
	%D%/session_state.c \
	%D%/space_text.c %D%/space_text.h \
	%D%/status_command.c \
	%D%/status_text.c %D%/status_text.h \
	%D%/submit_job.c %D%/submit_job.h \
	%D%/store_clock.c \
	%D%/submit_command.c \
	%D%/tenant_command.c \
	%D%/tenant_ledger.c %D%/tenant_ledger.h \
	%D%/tenant_delete.c \
	%D%/tenant_retention.c \
	%D%/tenant_shred.c %D%/tenant_shred.h \
	%D%/tenant_text.c %D%/tenant_text.h \
	%D%/text_output.c %D%/text_output.h \
	%D%/text_table.c %D%/text_table.h \
	%D%/token_folder.c %D%/token_folder.h \
	%D%/token_issue.c \
	%D%/token_key.c \
	%D%/top_command.c \
	%D%/verify_command.c \
	%D%/watch_command.c \
	%D%/world_file.c %D%/world_file.h
cli_libcli_a_CPPFLAGS = $(AM_CPPFLAGS) -DLQ_VERSION='"$(VERSION)"'
cli_libcli_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(NCURSES_CFLAGS) $(CURL_CFLAGS)

bin_PROGRAMS += lqctl
lqctl_SOURCES = %D%/main.c
lqctl_LDADD = \
	cli/libcli.a \
	gateway/infrastructure/libgatewayinfrastructure.a gateway/domain/libgatewaydomain.a \
	mirror/restore/libmirrorrestore.a mirror/handler/libmirrorconfig.a \
	mirror/infrastructure/libmirrorinfrastructure.a \
	mirror/domain/libmirrordomain.a \
	client/libclient.a transport/libtransport.a \
	$(LQ_REPLAY_LIBS) \
	store/lmdb/libstorelmdb.a \
	store/seal/libstoreseal.a \
	store/core/libstorecore.a \
	config/libconfig.a \
	proto/libproto.a \
	world/libworld.a \
	base/libbase.a \
	$(LQ_GATEWAY_INFRASTRUCTURE_SYSTEM_LIBS) $(LQ_MIRROR_INFRASTRUCTURE_SYSTEM_LIBS) $(NCURSES_LIBS) $(LMDB_LIBS) $(PROTOBUF_C_LIBS) $(CZMQ_LIBS) $(ZMQ_LIBS) \
	-lm

dist_man_MANS += docs/man/lqctl.1

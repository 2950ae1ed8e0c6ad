# SPDX-License-Identifier: MPL-2.0
# Fuzz targets are built by tests/fuzz/run, with clang and its own flags; here they are only distributed.
EXTRA_DIST += \
	%D%/corpus \
	%D%/fuzz_actor.c \
	%D%/fuzz_admin.c \
	%D%/fuzz_broker_core.c \
	%D%/fuzz_client.c \
	%D%/fuzz_cloud.c \
	%D%/fuzz_config.c \
	%D%/fuzz_content.c \
	%D%/fuzz_delta.c \
	%D%/fuzz_export.c \
	%D%/fuzz_family.c %D%/fuzz_family.h \
	%D%/fuzz_framing.c \
	%D%/fuzz_http.c \
	%D%/fuzz_mirror.c \
	%D%/fuzz_pipeline.c \
	%D%/fuzz_player.c \
	%D%/fuzz_store.c \
	%D%/fuzz_tick.c \
	%D%/fuzz_token.c \
	%D%/fuzz_websocket.c \
	%D%/fuzz_world_file.c \
	%D%/run

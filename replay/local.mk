# SPDX-License-Identifier: MPL-2.0
# replay/: PURE. Recomputes frames from records; with the stages of actors/stages.def; uses world/ and base/ only.
noinst_LIBRARIES += replay/libreplay.a
replay_libreplay_a_SOURCES = %D%/replay.c %D%/replay.h %D%/world_changes.c %D%/world_changes.h
# What a program that replays links, in order: every stage that a record may name.
LQ_REPLAY_LIBS = replay/libreplay.a $(LQ_STAGE_LIBS) actors/load/domain/libloaddomain.a

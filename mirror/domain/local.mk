# SPDX-License-Identifier: MPL-2.0
# mirror/domain/: PURE. Segments, the log of a stream, bases, texts of events; no socket, clock, disk, heap or randomness of its own.
noinst_LIBRARIES += mirror/domain/libmirrordomain.a
mirror_domain_libmirrordomain_a_SOURCES = \
	%D%/segment.c %D%/segment.h \
	%D%/segment_key.c %D%/segment_key.h \
	%D%/segment_packer.c %D%/segment_packer.h \
	%D%/segment_reader.c %D%/segment_reader.h \
	%D%/stream_log.c %D%/stream_log.h \
	%D%/stream_set.c %D%/stream_set.h

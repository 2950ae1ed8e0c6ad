# SPDX-License-Identifier: MPL-2.0
# actors/load/: stage load. PURE in domain/: which commands of a tick are executed; world/ and base/ only.
lq_load_SOURCES = %D%/main.c %D%/load_handler.c %D%/load_handler.h %D%/load_query.c \
	%D%/frame_events.c %D%/frame_events.h %D%/load_feed.c %D%/load_feed.h \
	%D%/load_read.c %D%/load_read.h
noinst_LIBRARIES += actors/load/domain/libloaddomain.a
actors_load_domain_libloaddomain_a_SOURCES = \
	%D%/domain/admission.c %D%/domain/admission.h \
	%D%/domain/client_window_v1.c %D%/domain/client_window_v1.h \
	%D%/domain/load_v1.c %D%/domain/load_v1.h \
	%D%/domain/load_v2.c %D%/domain/load_v2.h

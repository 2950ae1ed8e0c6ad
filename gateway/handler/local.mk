# SPDX-License-Identifier: MPL-2.0
# gateway/handler/: what players and the gateway say to each other, as a library for tests; the rest of the
# loop between connections and the cluster is lq-gateway's alone.
noinst_LIBRARIES += gateway/handler/libgatewaytexts.a
gateway_handler_libgatewaytexts_a_SOURCES = \
	%D%/attendance.c %D%/attendance.h \
	%D%/message_reader.c %D%/message_reader.h \
	%D%/rules_file.c %D%/rules_file.h
gateway_handler_libgatewaytexts_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

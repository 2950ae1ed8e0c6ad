# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/proto/test_proto
proto_samples = tests/unit/proto/wire_samples.c tests/unit/proto/wire_samples.h \
	tests/unit/proto/event_samples.c tests/unit/proto/event_samples.h \
	tests/unit/proto/mirror_samples.c tests/unit/proto/mirror_samples.h \
	tests/unit/proto/reading_samples.c tests/unit/proto/reading_samples.h
tests_unit_proto_test_proto_SOURCES = \
	%D%/main.c \
	%D%/proto_cases.h \
	%D%/test_actor_codec.c \
	%D%/test_admin_codec.c \
	%D%/test_client_codec.c \
	%D%/test_framing.c \
	%D%/test_mirror_codec.c \
	%D%/test_quota.c \
	%D%/test_subscription_codec.c \
	%D%/test_tick_codec.c \
	%D%/test_wire_samples_golden.c \
	%D%/test_wire_limits.c \
	%D%/test_wire_out.c \
	%D%/test_wire_samples.c \
	%D%/test_wire_text.c \
	%D%/test_wire_varint.c \
	$(proto_samples)
tests_unit_proto_test_proto_CPPFLAGS = $(AM_CPPFLAGS) \
	-DLQ_GOLDEN_FILE='"$(abs_top_srcdir)/tests/golden/wire_v2.txt"'
tests_unit_proto_test_proto_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(PROTOBUF_C_CFLAGS)
tests_unit_proto_test_proto_LDADD = proto/libproto.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(PROTOBUF_C_LIBS) $(CHECK_LIBS)
EXTRA_DIST += tests/golden/wire_v2.txt

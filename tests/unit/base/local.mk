# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/base/test_base
tests_unit_base_test_base_SOURCES = \
	%D%/base_cases.h \
	%D%/main.c \
	%D%/test_arena.c \
	%D%/test_descriptor_limit.c \
	%D%/test_json_writer.c \
	%D%/test_latency_histogram.c \
	%D%/test_log.c \
	%D%/test_number_text.c \
	%D%/test_option_table.c \
	%D%/test_standard_output.c \
	%D%/test_view.c
tests_unit_base_test_base_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_base_test_base_LDADD = base/libbase.a tests/support/libtest.a $(CHECK_LIBS) -lm

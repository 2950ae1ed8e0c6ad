# SPDX-License-Identifier: MPL-2.0
# base/: leaf vocabulary, each file used by three folders or more; includes nothing of ours.
noinst_LIBRARIES += base/libbase.a
base_libbase_a_SOURCES = \
	%D%/alloc.c %D%/alloc.h \
	%D%/arena.h \
	%D%/clock.c %D%/clock.h \
	%D%/contract.c %D%/contract.h \
	%D%/descriptor_limit.c %D%/descriptor_limit.h \
	%D%/error_message.c %D%/error_message.h \
	%D%/error_name.h \
	%D%/json_writer.c %D%/json_writer.h \
	%D%/latency_histogram.c %D%/latency_histogram.h \
	%D%/little_endian.h \
	%D%/log.c %D%/log.h \
	%D%/number_text.c %D%/number_text.h \
	%D%/option_table.c %D%/option_table.h \
	%D%/readiness.c %D%/readiness.h \
	%D%/result.c %D%/result.h \
	%D%/standard_output.c %D%/standard_output.h \
	%D%/view.h
base_libbase_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS)

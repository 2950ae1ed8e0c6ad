# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/logger/test_logger
tests_unit_logger_test_logger_SOURCES = \
	%D%/logger_cases.h \
	%D%/main.c \
	%D%/test_json_object.c \
	%D%/test_log_folder.c \
	%D%/test_log_line.c
tests_unit_logger_test_logger_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_logger_test_logger_LDADD = logger/liblogger.a base/libbase.a tests/support/libtest.a \
	$(CHECK_LIBS)

# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS =
PROPERTY_TESTS =
check_LIBRARIES += tests/support/libtest.a
tests_support_libtest_a_SOURCES = %D%/suite.h %D%/suite.c
tests_support_libtest_a_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

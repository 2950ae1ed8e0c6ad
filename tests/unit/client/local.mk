# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/client/test_client
tests_unit_client_test_client_SOURCES = \
	%D%/client_cases.h \
	%D%/main.c \
	%D%/played_broker.c %D%/played_broker.h \
	%D%/test_client.c \
	%D%/test_client_history.c \
	%D%/test_feed_reader.c \
	%D%/test_link.c \
	%D%/test_outstanding.c \
	%D%/test_quota_wait.c \
	%D%/test_receipt_intake.c \
	%D%/test_session_numbers.c \
	%D%/test_session_table.c \
	%D%/test_unused_reason.c
tests_unit_client_test_client_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_client_test_client_LDADD = $(LQ_CLIENT_LIBS) tests/support/libtest.a \
	$(CHECK_LIBS) $(LQ_CLIENT_SYSTEM_LIBS)

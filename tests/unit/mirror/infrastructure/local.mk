# SPDX-License-Identifier: MPL-2.0
# Two programs: the pure rules' tests link mirror/domain alone.
UNIT_TESTS += tests/unit/mirror/infrastructure/test_mirror_rules \
	tests/unit/mirror/infrastructure/test_mirror_infrastructure
tests_unit_mirror_infrastructure_test_mirror_rules_SOURCES = \
	%D%/rules_main.c \
	tests/unit/mirror/domain/test_circuit_breaker.c \
	tests/unit/mirror/domain/test_retry_rule.c
tests_unit_mirror_infrastructure_test_mirror_rules_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_mirror_infrastructure_test_mirror_rules_LDADD = mirror/domain/libmirrordomain.a \
	base/libbase.a tests/support/libtest.a $(CHECK_LIBS)
tests_unit_mirror_infrastructure_test_mirror_infrastructure_SOURCES = \
	%D%/main.c \
	%D%/aws_folder.c %D%/aws_folder.h \
	%D%/test_aws_endpoint.c \
	%D%/test_aws_environment.c \
	%D%/test_credential_chain.c \
	%D%/test_credential_document.c \
	%D%/test_credential_process.c \
	%D%/test_dynamodb_answer.c \
	%D%/test_dynamodb_gateway.c \
	%D%/test_event_entry.c \
	%D%/test_eventbridge_answer.c \
	%D%/test_eventbridge_gateway.c \
	%D%/test_item_json.c \
	%D%/test_profile_files.c \
	%D%/test_service_error.c \
	%D%/test_table_item.c
tests_unit_mirror_infrastructure_test_mirror_infrastructure_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) \
	$(JANSSON_CFLAGS)
tests_unit_mirror_infrastructure_test_mirror_infrastructure_LDADD = $(LQ_MIRROR_INFRASTRUCTURE_LIBS) \
	tests/support/libtest.a $(LQ_MIRROR_INFRASTRUCTURE_SYSTEM_LIBS) $(CHECK_LIBS)

# SPDX-License-Identifier: MPL-2.0
# lqctl's parts; its table of commands names every command, so all libraries below are linked.
UNIT_TESTS += tests/unit/cli/test_cli
tests_unit_cli_test_cli_SOURCES = \
	%D%/cli_cases.h \
	%D%/cli_folder.c \
	%D%/main.c \
	%D%/test_broker_probe.c \
	%D%/test_client_state.c \
	%D%/test_command_fields.c \
	%D%/test_command_finding.c \
	%D%/test_command_table.c \
	%D%/test_difference_text.c \
	%D%/test_durable_file.c \
	%D%/test_export_reader.c \
	%D%/test_invocation.c \
	%D%/test_line_reader.c \
	%D%/test_space_text.c \
	%D%/test_status_text.c \
	%D%/test_tenant_text.c \
	%D%/test_text_output.c \
	%D%/test_world_file.c
tests_unit_cli_test_cli_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_cli_test_cli_LDADD = $(lqctl_LDADD) tests/support/libtest.a \
	$(CHECK_LIBS)

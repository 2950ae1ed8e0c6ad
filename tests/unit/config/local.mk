# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/config/test_config
tests_unit_config_test_config_SOURCES = \
	%D%/config_cases.h \
	%D%/main.c \
	%D%/test_cluster_config.c \
	%D%/test_config_file.c \
	%D%/test_program_configuration.c \
	%D%/test_zpl_reader.c
tests_unit_config_test_config_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_config_test_config_LDADD = config/libconfig.a base/libbase.a tests/support/libtest.a $(CHECK_LIBS)

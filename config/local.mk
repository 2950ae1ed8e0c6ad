# SPDX-License-Identifier: MPL-2.0
# config/: the cluster's configuration file, read by every program.
noinst_LIBRARIES += config/libconfig.a
config_libconfig_a_SOURCES = \
	%D%/cluster_config.c \
	%D%/config_file.c %D%/config_file.h \
	%D%/program_arguments.c %D%/program_arguments.h \
	%D%/program_configuration.c %D%/program_configuration.h \
	%D%/zpl_reader.c %D%/zpl_reader.h
config_libconfig_a_CFLAGS = $(AM_CFLAGS) $(LQ_SHARED_CFLAGS)

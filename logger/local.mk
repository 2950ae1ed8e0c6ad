# SPDX-License-Identifier: MPL-2.0
# logger/: the program lq-log, which stands behind the stderr of every instance.
noinst_LIBRARIES += logger/liblogger.a
logger_liblogger_a_SOURCES = \
	%D%/json_object.c %D%/json_object.h \
	%D%/log_folder.c %D%/log_folder.h \
	%D%/log_line.c %D%/log_line.h

bin_PROGRAMS += lq-log
lq_log_SOURCES = %D%/main.c
lq_log_LDADD = logger/liblogger.a base/libbase.a

# SPDX-License-Identifier: MPL-2.0
# broker/core/: PURE. One step function; no socket, clock, disk, heap or randomness of its own.
noinst_LIBRARIES += broker/core/libbrokercore.a
broker_core_libbrokercore_a_SOURCES = \
	%D%/answering.c %D%/answering.h \
	%D%/awaiting.c %D%/awaiting.h \
	%D%/blaming.c %D%/blaming.h \
	%D%/broker_core.c %D%/broker_core.h \
	%D%/core_report.c \
	%D%/core_tables.c %D%/core_tables.h \
	%D%/failing.c %D%/failing.h \
	%D%/holding.c %D%/holding.h \
	%D%/judging.c %D%/judging.h \
	%D%/letter_index.c %D%/letter_index.h \
	%D%/opening.c %D%/opening.h \
	%D%/parking.c %D%/parking.h \
	%D%/queueing.c %D%/queueing.h \
	%D%/submission.c %D%/submission.h \
	%D%/timer_heap.c %D%/timer_heap.h

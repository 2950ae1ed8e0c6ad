# SPDX-License-Identifier: MPL-2.0
# pipeline/document/: reads a pipeline in Amazon States Language and its policy file into a plan.
noinst_LIBRARIES += pipeline/document/libpipelinedocument.a
pipeline_document_libpipelinedocument_a_SOURCES = \
	%D%/document_lines.c %D%/document_lines.h \
	%D%/document_reader.c %D%/document_reader.h \
	%D%/pipeline_document.c %D%/pipeline_document.h \
	%D%/policy_document.c %D%/policy_document.h \
	%D%/retrier_document.c %D%/retrier_document.h \
	%D%/state_document.c %D%/state_document.h
pipeline_document_libpipelinedocument_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

# SPDX-License-Identifier: MPL-2.0
# Two programs: the pure plan's tests link neither jansson nor libsodium.
UNIT_TESTS += tests/unit/pipeline/test_plan
tests_unit_pipeline_test_plan_SOURCES = %D%/main.c %D%/test_plan.c
tests_unit_pipeline_test_plan_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_pipeline_test_plan_LDADD = pipeline/libpipeline.a base/libbase.a \
	tests/support/libtest.a $(CHECK_LIBS)

UNIT_TESTS += tests/unit/pipeline/test_pipeline_document
tests_unit_pipeline_test_pipeline_document_SOURCES = %D%/document_main.c %D%/document/test_pipeline_document.c
tests_unit_pipeline_test_pipeline_document_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_pipeline_test_pipeline_document_LDADD = pipeline/document/libpipelinedocument.a \
	pipeline/libpipeline.a store/seal/libstoreseal.a world/libworld.a base/libbase.a \
	tests/support/libtest.a $(JANSSON_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)

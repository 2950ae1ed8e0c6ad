# SPDX-License-Identifier: MPL-2.0
# The test of each version of a stage is in LQ_STAGE_TESTS; main.c names it by the same table.
UNIT_TESTS += tests/unit/actors/test_domain
tests_unit_actors_test_domain_SOURCES = \
	%D%/main.c \
	%D%/load/domain/test_admission.c \
	%D%/load/domain/test_client_window_v1.c \
	%D%/load/domain/test_load_v1.c \
	%D%/load/domain/test_load_v2.c \
	%D%/physics/domain/test_body_commands.c \
	%D%/physics/domain/test_collisions.c \
	%D%/physics/domain/test_contact_v1.c \
	%D%/physics/domain/test_motion_v1.c \
	%D%/ai/domain/test_philox.c \
	$(LQ_STAGE_TESTS)
tests_unit_actors_test_domain_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_actors_test_domain_LDADD = $(LQ_STAGE_LIBS) actors/load/domain/libloaddomain.a \
	world/libworld.a base/libbase.a tests/support/libtest.a $(CHECK_LIBS) -lm

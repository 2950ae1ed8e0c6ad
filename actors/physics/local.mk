# SPDX-License-Identifier: MPL-2.0
# actors/physics/: PURE. The frozen versions of stage physics; uses world/ and base/ only.
actors_physics_domain_libphysicsdomain_a_SOURCES = \
	%D%/domain/body_commands.c %D%/domain/body_commands.h \
	%D%/domain/collisions.c %D%/domain/collisions.h \
	%D%/domain/contact_v1.c %D%/domain/contact_v1.h \
	%D%/domain/motion_v1.c %D%/domain/motion_v1.h \
	%D%/domain/physics_step.c %D%/domain/physics_step.h \
	%D%/domain/physics_v1.c %D%/domain/physics_v1.h \
	%D%/domain/physics_v2.c %D%/domain/physics_v2.h

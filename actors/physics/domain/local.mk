# SPDX-License-Identifier: MPL-2.0
# actors/physics/domain/: PURE. The frozen versions of the physics stage; uses world/ and base/ only.
noinst_LIBRARIES += actors/physics/domain/libphysicsdomain.a
actors_physics_domain_libphysicsdomain_a_SOURCES = \
	%D%/body_commands_v1.c %D%/body_commands_v1.h \
	%D%/contact_v1.c %D%/contact_v1.h \
	%D%/motion_v1.c %D%/motion_v1.h \
	%D%/physics_v1.c %D%/physics_v1.h

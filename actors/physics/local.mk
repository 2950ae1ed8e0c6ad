# SPDX-License-Identifier: MPL-2.0
# actors/physics/: the program lq-physics; the numbers are in domain/.
bin_PROGRAMS += lq-physics
lq_physics_SOURCES = %D%/main.c %D%/physics_handler.c %D%/physics_handler.h
lq_physics_LDADD = actors/physics/domain/libphysicsdomain.a $(LQ_ACTOR_LIBS) $(LQ_ACTOR_SYSTEM_LIBS) -lm

# SPDX-License-Identifier: MPL-2.0
# actors/ai/domain/: PURE. The frozen versions of the ai stage; uses world/ and base/ only.
noinst_LIBRARIES += actors/ai/domain/libaidomain.a
actors_ai_domain_libaidomain_a_SOURCES = \
	%D%/ai_v1.c %D%/ai_v1.h \
	%D%/philox.c %D%/philox.h

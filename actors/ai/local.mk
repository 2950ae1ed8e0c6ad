# SPDX-License-Identifier: MPL-2.0
# actors/ai/: PURE. The frozen versions of stage ai; uses world/ and base/ only.
actors_ai_domain_libaidomain_a_SOURCES = \
	%D%/domain/ai_step.c %D%/domain/ai_step.h \
	%D%/domain/ai_v1.c %D%/domain/ai_v1.h \
	%D%/domain/ai_v2.c %D%/domain/ai_v2.h \
	%D%/domain/philox.c %D%/domain/philox.h

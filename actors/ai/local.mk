# SPDX-License-Identifier: MPL-2.0
# actors/ai/: the program lq-ai; the numbers are in domain/.
bin_PROGRAMS += lq-ai
lq_ai_SOURCES = %D%/main.c %D%/ai_handler.c %D%/ai_handler.h
lq_ai_LDADD = actors/ai/domain/libaidomain.a $(LQ_ACTOR_LIBS) $(LQ_ACTOR_SYSTEM_LIBS) -lm

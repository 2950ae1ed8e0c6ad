# SPDX-License-Identifier: MPL-2.0
# actors/load/: the program lq-load.
bin_PROGRAMS += lq-load
lq_load_SOURCES = %D%/main.c %D%/load_handler.c %D%/load_handler.h %D%/load_query.c
lq_load_LDADD = actors/ledger/libactorledger.a actors/load/domain/libloaddomain.a \
	$(LQ_LEDGER_LIBS) $(LQ_ACTOR_LIBS) $(LQ_ACTOR_SYSTEM_LIBS) $(LQ_LEDGER_SYSTEM_LIBS) -lm

# SPDX-License-Identifier: MPL-2.0
# actors/persist/: the program lq-persist.
bin_PROGRAMS += lq-persist
lq_persist_SOURCES = \
	%D%/main.c \
	%D%/persist_creation.c \
	%D%/persist_handler.c %D%/persist_handler.h \
	%D%/persist_resolve.c \
	%D%/persist_tick.c
lq_persist_LDADD = actors/ledger/libactorledger.a $(LQ_LEDGER_LIBS) $(LQ_ACTOR_LIBS) \
	$(LQ_ACTOR_SYSTEM_LIBS) $(LQ_LEDGER_SYSTEM_LIBS)

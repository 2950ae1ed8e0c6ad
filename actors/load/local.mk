# SPDX-License-Identifier: MPL-2.0
# actors/load/: the program lq-load, and the reading of a session's newest record, which persist needs too.
noinst_LIBRARIES += actors/load/libload.a
actors_load_libload_a_SOURCES = %D%/session_entry.c %D%/session_entry.h

bin_PROGRAMS += lq-load
lq_load_SOURCES = %D%/main.c %D%/load_handler.c %D%/load_handler.h %D%/load_query.c
lq_load_LDADD = actors/load/libload.a replay/libreplay.a actors/load/domain/libloaddomain.a \
	actors/physics/domain/libphysicsdomain.a actors/ai/domain/libaidomain.a \
	$(LQ_LEDGER_LIBS) $(LQ_ACTOR_LIBS) $(LQ_ACTOR_SYSTEM_LIBS) $(LQ_LEDGER_SYSTEM_LIBS) -lm
LQ_LEDGER_LIBS = store/lmdb/libstorelmdb.a store/seal/libstoreseal.a store/core/libstorecore.a
LQ_LEDGER_SYSTEM_LIBS = $(LMDB_LIBS) $(SODIUM_LIBS)

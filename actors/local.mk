# SPDX-License-Identifier: MPL-2.0
# actors/: the built-in stages. stages.def lists them; pure/main.c is the program of those that need nothing;
# stages.mk, made from the list when the build system is generated, says what is built of each folder.
LQ_PURE_STAGE_LIBS = $(LQ_ACTOR_LIBS) $(LQ_ACTOR_SYSTEM_LIBS) -lm
LQ_LEDGER_STAGE_LIBS = actors/ledger/libactorledger.a actors/load/domain/libloaddomain.a \
	$(LQ_LEDGER_LIBS) $(LQ_ACTOR_LIBS) $(LQ_ACTOR_SYSTEM_LIBS) $(LQ_LEDGER_SYSTEM_LIBS) -lm
include actors/stages.mk
$(srcdir)/actors/stages.mk: $(srcdir)/actors/stages.def $(srcdir)/actors/stage_fragment
	$(srcdir)/actors/stage_fragment make >$@.new && mv -f $@.new $@
EXTRA_DIST += %D%/stages.def %D%/stage_fragment

# Installed as share/ledgerquest/stages: ops/ledgerquest learns from it which stages there are.
pkgdata_DATA += actors/stages
CLEANFILES += actors/stages
actors/stages: $(srcdir)/actors/stages.def $(srcdir)/actors/stage_fragment
	$(AM_V_GEN)$(MKDIR_P) actors && $(srcdir)/actors/stage_fragment list >$@.new && mv -f $@.new $@

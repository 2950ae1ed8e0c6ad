# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS =
PROPERTY_TESTS =
check_LIBRARIES += tests/support/libtest.a
tests_support_libtest_a_SOURCES = %D%/suite.h %D%/suite.c
tests_support_libtest_a_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
# A stage that misbehaves on marked commands, for tests over a whole cluster.
noinst_PROGRAMS += tests/support/lq-stage-marked
tests_support_lq_stage_marked_SOURCES = %D%/marked_stage.c
tests_support_lq_stage_marked_LDADD = actors/physics/domain/libphysicsdomain.a $(LQ_ACTOR_LIBS) \
	$(LQ_ACTOR_SYSTEM_LIBS) -lm
# Many clients on one link, likewise.
noinst_PROGRAMS += tests/support/lq-crowd
tests_support_lq_crowd_SOURCES = %D%/crowd_client.c
tests_support_lq_crowd_LDADD = $(LQ_CLIENT_LIBS) $(LQ_CLIENT_SYSTEM_LIBS)
EXTRA_DIST += %D%/gateway_player.py %D%/ledger_forgery.py %D%/lmdb_pages.py %D%/message_proxy.py %D%/unruly_stage.py %D%/websocket_client.py

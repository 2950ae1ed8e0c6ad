# SPDX-License-Identifier: MPL-2.0
# library/: what people outside build on: liblqstage and liblqclient, static and shared, their headers and
# pkg-config files. No source of its own: it cuts what it needs out of the libraries above (decision 22).
#
# *.map is the list of what a library exports, with the name of its version. Whatever those functions need
# is joined into one object, in which every other name is local; the archive and the shared library are
# both made of it. Soname 0: nothing is promised yet.
lqlibdir = $(libdir)
lqincludedir = $(includedir)/ledgerquest
lqpkgconfigdir = $(libdir)/pkgconfig

lq_public_headers = \
	base/contract.h \
	base/error_message.h \
	base/little_endian.h \
	base/result.h \
	base/view.h \
	world/body_control.h \
	world/client_id.h \
	world/client_window.h \
	world/columns.def \
	world/command.h \
	world/identity.h \
	world/tick.h \
	world/world.h \
	world/world_limits.h \
	proto/feed_item.h \
	actors/runtime/tick_stage.h \
	client/client.h \
	client/feed_reader.h \
	client/link.h \
	client/watch.h
lq_installed_headers = \
	%D%/include/ledgerquest/contract.h \
	%D%/include/ledgerquest/error_message.h \
	%D%/include/ledgerquest/little_endian.h \
	%D%/include/ledgerquest/result.h \
	%D%/include/ledgerquest/view.h \
	%D%/include/ledgerquest/body_control.h \
	%D%/include/ledgerquest/client_id.h \
	%D%/include/ledgerquest/client_window.h \
	%D%/include/ledgerquest/columns.def \
	%D%/include/ledgerquest/command.h \
	%D%/include/ledgerquest/identity.h \
	%D%/include/ledgerquest/tick.h \
	%D%/include/ledgerquest/world.h \
	%D%/include/ledgerquest/world_limits.h \
	%D%/include/ledgerquest/tick_stage.h \
	%D%/include/ledgerquest/client.h \
	%D%/include/ledgerquest/link.h \
	%D%/include/ledgerquest/feed_item.h \
	%D%/include/ledgerquest/feed_reader.h \
	%D%/include/ledgerquest/watch.h

nodist_lqinclude_HEADERS = $(lq_installed_headers)
nodist_lqpkgconfig_DATA = %D%/lqclient.pc %D%/lqstage.pc
nodist_lqlib_DATA = \
	%D%/liblqclient.a %D%/liblqclient.so.0 \
	%D%/liblqstage.a %D%/liblqstage.so.0
BUILT_SOURCES += $(lq_installed_headers)
CLEANFILES += $(lq_installed_headers) %D%/headers.stamp $(nodist_lqlib_DATA) \
	%D%/liblqclient.o %D%/liblqstage.o
EXTRA_DIST += %D%/lqclient.map %D%/lqstage.map %D%/public_header.awk

# All of them at once: a header is as young as the youngest, and one rule serves all.
%D%/headers.stamp: %D%/public_header.awk $(lq_public_headers)
	$(AM_V_GEN)$(MKDIR_P) %D%/include/ledgerquest && \
	for header in $(lq_public_headers); do \
	    $(AWK) -f $(srcdir)/%D%/public_header.awk $(srcdir)/$$header \
	        >%D%/include/ledgerquest/`basename $$header` || exit 1; \
	done && touch $@
$(lq_installed_headers): %D%/headers.stamp
	@test -f $@ || { rm -f %D%/headers.stamp; $(MAKE) $(AM_MAKEFLAGS) %D%/headers.stamp; }

LQ_JOIN = $(CC) -r -nostdlib `$(SED) -n 's/^ *\(lq_[a-z0-9_]*\);$$/-Wl,-u,\1/p' $$map`
LQ_HIDE = $(SED) -n 's/^ *\(lq_[a-z0-9_]*\);$$/\1/p' $$map >$@.names && \
	$(OBJCOPY) --keep-global-symbols=$@.names --weaken-symbols=$@.names $@ && rm -f $@.names
LQ_SHARE = $(CC) $(AM_CFLAGS) $(CFLAGS) $(AM_LDFLAGS) $(LDFLAGS) -shared -Wl,-Bsymbolic-functions

%D%/liblqstage.o: %D%/local.mk %D%/lqstage.map $(LQ_ACTOR_LIBS)
	$(AM_V_GEN)map=$(srcdir)/%D%/lqstage.map && $(LQ_JOIN) -o $@ $(LQ_ACTOR_LIBS) && $(LQ_HIDE)
%D%/liblqstage.a: %D%/liblqstage.o
	$(AM_V_AR)rm -f $@ && $(AR) crs $@ %D%/liblqstage.o
%D%/liblqstage.so.0: %D%/liblqstage.o
	$(AM_V_CCLD)$(LQ_SHARE) -Wl,-soname,liblqstage.so.0 \
	    -Wl,--version-script,$(srcdir)/%D%/lqstage.map -o $@ %D%/liblqstage.o $(LQ_ACTOR_SYSTEM_LIBS)

%D%/liblqclient.o: %D%/local.mk %D%/lqclient.map $(LQ_CLIENT_LIBS)
	$(AM_V_GEN)map=$(srcdir)/%D%/lqclient.map && $(LQ_JOIN) -o $@ $(LQ_CLIENT_LIBS) && $(LQ_HIDE)
%D%/liblqclient.a: %D%/liblqclient.o
	$(AM_V_AR)rm -f $@ && $(AR) crs $@ %D%/liblqclient.o
%D%/liblqclient.so.0: %D%/liblqclient.o
	$(AM_V_CCLD)$(LQ_SHARE) -Wl,-soname,liblqclient.so.0 \
	    -Wl,--version-script,$(srcdir)/%D%/lqclient.map -o $@ %D%/liblqclient.o $(LQ_CLIENT_SYSTEM_LIBS)

install-data-hook:
	cd $(DESTDIR)$(lqlibdir) && for name in lqclient lqstage; do \
	    rm -f lib$$name.so && $(LN_S) lib$$name.so.0 lib$$name.so || exit 1; \
	done
uninstall-hook:
	cd $(DESTDIR)$(lqlibdir) && rm -f liblqclient.so liblqstage.so

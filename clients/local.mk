# SPDX-License-Identifier: MPL-2.0
# clients/: libraries for players outside of C. js/ledgerquest.js is made of js/src by js/build.py and committed:
# installing needs neither Node nor Python. The gateway serves it at /sdk.
lqsdkdir = $(pkgdatadir)/web/sdk
dist_lqsdk_DATA = \
	%D%/js/ledgerquest.d.ts \
	%D%/js/ledgerquest.js
EXTRA_DIST += \
	%D%/js/build.py \
	%D%/js/examples/page.html \
	%D%/js/examples/page.js \
	%D%/js/examples/play.mjs \
	%D%/js/examples/watch.mjs \
	%D%/js/package.json \
	%D%/js/src/close_codes.js \
	%D%/js/src/command_book.js \
	%D%/js/src/emitter.js \
	%D%/js/src/latency.js \
	%D%/js/src/ledgerquest.js \
	%D%/js/src/pace.js \
	%D%/js/src/session.js \
	%D%/js/src/session_numbers.js \
	%D%/js/src/world_columns.js

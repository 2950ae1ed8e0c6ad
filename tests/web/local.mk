# SPDX-License-Identifier: MPL-2.0
# The arena in chromium, and the pure parts of its page. `arena/run` runs it; ops/check does.
EXTRA_DIST += \
	%D%/arena/arena.test.mjs \
	%D%/arena/arena_server.mjs \
	%D%/arena/browser.mjs \
	%D%/arena/cut_proxy.mjs \
	%D%/arena/own_body.test.mjs \
	%D%/arena/own_body_driver.c \
	%D%/arena/package-lock.json \
	%D%/arena/package.json \
	%D%/arena/prediction.test.mjs \
	%D%/arena/arena_gateway \
	%D%/arena/run

# SPDX-License-Identifier: MPL-2.0
# The SDK of clients/js in Node and in chromium, against a fake gateway. `run` runs it; ops/check does.
EXTRA_DIST += \
	%D%/browser.test.mjs \
	%D%/browser_page.html \
	%D%/browser_page.js \
	%D%/built_file.test.mjs \
	%D%/cases/close_codes_cases.js \
	%D%/cases/real_socket_cases.js \
	%D%/cases/session_cases.js \
	%D%/cases/session_numbers_cases.js \
	%D%/cases/storm_cases.js \
	%D%/cases/suites.js \
	%D%/cases/world_columns_cases.js \
	%D%/check.js \
	%D%/chromium.mjs \
	%D%/core.test.mjs \
	%D%/examples.test.mjs \
	%D%/faults.test.mjs \
	%D%/fake_cluster.js \
	%D%/fake_gateway.js \
	%D%/fake_server.mjs \
	%D%/fake_world.js \
	%D%/memory_network.js \
	%D%/node_web_socket.mjs \
	%D%/numbers.test.mjs \
	%D%/package.json \
	%D%/players.mjs \
	%D%/real_sockets.test.mjs \
	%D%/run \
	%D%/scripted_socket.js \
	%D%/sdk_gateway \
	%D%/seeded_random.js \
	%D%/session_numbers_driver.c \
	%D%/typed_program.ts \
	%D%/virtual_clock.js \
	%D%/web_socket_frames.mjs
